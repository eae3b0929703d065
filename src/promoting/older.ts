/** Whether to promote an image is to go back: its publisher had signed it before the one that has the tag, and must not unsay that. */
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import type { Gate } from "../core/policy.ts";
import { formatReference } from "../core/reference.ts";
import type { Verdict } from "../core/verdict.ts";
import type { VerifiedImage } from "../verify.ts";

/** `held`: the image that has the tag; `judge` has it judged at its place. Throws `promotion/older` where the gate lets nothing go back. */
export async function isOlder(
  { verdict, reference, descriptor }: VerifiedImage,
  held: Digest | undefined,
  { gate, judge }: { readonly gate: Gate; readonly judge: (image: Digest) => Promise<Verdict> },
): Promise<boolean> {
  const isPublished = gate.requirements.some((one) => one.kind === "signature" && one.signedAs !== undefined);
  if (!isPublished || held === undefined || held === descriptor.digest) return false;
  const [before, now] = [lastSigned(await judge(held), gate), lastSigned(verdict, gate)];
  if (before === undefined || now === undefined || now >= before) return false;
  if (gate.allowsRollback === true) return true;
  const [said, than] = [new Date(now).toISOString(), new Date(before).toISOString()];
  throw new CountersignError(
    "promotion/older",
    `Cannot promote "${formatReference(reference)}": it was signed at ${said}, and ${held}, which has the tag, at ${than}`,
  );
}

/** In milliseconds, as the signatures that count at the gate say. */
function lastSigned({ requirements, signatures }: Verdict, gate: Gate): number | undefined {
  const counted = new Set(
    requirements.filter((one) => one.gate === gate.name).flatMap((one) => one.counted.map(({ signature }) => signature)),
  );
  const times = signatures.flatMap(({ digest, claimed }) =>
    counted.has(digest) && claimed?.signingTime !== undefined ? [Date.parse(claimed.signingTime)] : [],
  );
  return times.length === 0 ? undefined : Math.max(...times);
}
