/** Which moment do a signature's timestamps prove, by the authorities that are trusted? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { Malformed } from "../core/malformed.ts";
import type { Signature } from "../core/signature.ts";
import { formatStore } from "../core/trust-source.ts";
import { withoutAbsent } from "../core/without-absent.ts";
import { readTimestamp, type VerifiedTimestamp, verifyTimestamp, type VerifyTimestampOptions } from "../pki/timestamp/verify.ts";
import { revocationOf } from "./revocation.ts";
import type { Observation } from "./observation.ts";

/** Clocks differ; one that is further behind than this is wrong. */
const CLOCK_TOLERANCE_MS = 300_000;

/** Only a `tsa` store says whose timestamps count. */
export function asksForTimestamps({ rules }: CheckContext): boolean {
  return rules.trustStores.some((store) => store.type === "tsa");
}

/**
 * A timestamp that nobody needs stops nothing: it is not signed, so a stranger can have put it there. But one that has
 * been verified tells that it is later than the clock says, and then nothing that rests on the clock is known.
 */
export function withNote(today: Observation, stamped: Observation): Observation {
  if (stamped.code === "time/timestamp-missing") return today;
  if (stamped.code === "time/clock-behind") return stamped;
  return { ...today, message: `${today.message}; its timestamp was of no use: ${stamped.message}` };
}

/** Where nobody is believed about time: a stamped signature is not to look like one that was never stamped. */
export function withClaimedTime(today: Observation, signature: Signature, { rules }: CheckContext): Observation {
  const [authority] = signature.timestamps.flatMap((token) => claimedAuthority(token, signature));
  if (authority === undefined) return today;
  const [state, where] =
    rules.signers.kind === "members"
      ? ["verifier.yaml names no witness that vouches", "name it under `witnesses` in verifier.yaml"]
      : ["the policy lists no tsa store that vouches", "add tsa:NAME to the policy's trustStores"];
  return {
    ...today,
    message: `${today.message}; it carries a timestamp of ${showForeign(authority)} (claimed), and ${state}`,
    remedy: `If you believe that authority about time: \`countersign trust add tsa:NAME TSAROOT\` with its root, from whoever runs it, and ${where}; else sign again with a valid certificate.`,
  };
}

function claimedAuthority(token: Uint8Array, { value, stampedEnvelope }: Signature): readonly string[] {
  try {
    return [readTimestamp(token, { signatureValue: value, envelope: stampedEnvelope }).authority];
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return [];
  }
}

/** The earliest moment that is proven, or why none is: of several tokens, any that holds will do. */
export function proveTime({ timestamps, value, stampedEnvelope }: Signature, context: CheckContext): VerifiedTimestamp | Observation {
  const anchors = context.authorities.map(({ certificate }) => certificate);
  const proven: VerifiedTimestamp[] = [];
  let fault: Observation | undefined;
  for (const token of timestamps) {
    const seen = verifyOne(token, { signatureValue: value, envelope: stampedEnvelope, anchors, context });
    if ("interval" in seen) proven.push(seen);
    else fault ??= seen;
  }
  const [first] = proven.toSorted((a, b) => a.interval.to.getTime() - b.interval.to.getTime());
  return first ?? fault ?? { code: "time/timestamp-missing", message: "the signature carries no timestamp" };
}

function verifyOne(token: Uint8Array, asked: VerifyTimestampOptions & { readonly context: CheckContext }): VerifiedTimestamp | Observation {
  const { context, ...options } = asked;
  let verified: VerifiedTimestamp;
  try {
    verified = verifyTimestamp(token, options);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { code: error.code, message: error.message };
  }
  return whyUnusable(verified, context) ?? verified;
}

function whyUnusable({ interval, chain }: VerifiedTimestamp, { now, rules }: CheckContext): Observation | undefined {
  if (interval.from.getTime() > now.getTime() + CLOCK_TOLERANCE_MS) {
    return {
      code: "time/clock-behind",
      message: `a trusted timestamp is of ${interval.from.toISOString()}, and it is said to be ${now.toISOString()}`,
    };
  }
  // Whoever has the key of a revoked authority can make timestamps of any day.
  const revocation = rules.actions.revocation === "enforce" ? revocationOf(chain) : undefined;
  if (revocation?.code !== "revocation/unchecked") return undefined;
  return { code: "time/authority-unchecked", message: `of the timestamp's authority, ${revocation.message}` };
}

/** The proven moment in words, and as data that a report takes over. */
export function describeProvenTime(
  { interval, authority, chain }: VerifiedTimestamp,
  { authorities, rules }: Pick<CheckContext, "authorities" | "rules">,
): { readonly text: string; readonly detail: NonNullable<Observation["detail"]> } {
  const [from, to] = [interval.from.toISOString(), interval.to.toISOString()];
  const shown = showForeign(authority);
  const root = chain.at(-1);
  const anchor = authorities.find(({ certificate }) => root !== undefined && Buffer.compare(certificate, root.der) === 0);
  const store = anchor === undefined ? undefined : formatStore(anchor.store);
  const operator = store === undefined ? undefined : rules.operators?.get(store);
  return {
    text: `by ${to}, as ${shown} has stamped it${operator === undefined ? "" : `, which ${operator} runs`}`,
    detail: {
      from,
      to,
      authority: shown,
      ...withoutAbsent({ operator, store }),
    },
  };
}
