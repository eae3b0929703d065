/** `policy trust`: shows what a policy allows, and once a person agrees, pins it. */
import { type Digest, parseDigest } from "../../core/digest.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import type { Policy } from "../../core/policy.ts";
import { quoteWord } from "../../core/shell.ts";
import { formatStore } from "../../core/trust-source.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { isCountersignPolicy } from "../../policy/countersign/document.ts";
import { describeThresholds } from "../../policy/countersign/thresholds.ts";
import { whoCan } from "../../policy/countersign/who-can.ts";
import { describeBreakGlass, describeExceptions } from "../../policy/countersign/words.ts";
import { parsePolicyLocation } from "../../policy/policy-location.ts";
import type { Pin, Verifier } from "../../policy/verifier/verifier.ts";
import { isPresent } from "../../files/present.ts";
import type { Setup } from "../../setup.ts";
import { recordPin } from "../../trust/pin-writer.ts";
import { pinKey, untilTrusted } from "../../trust/policy-trust.ts";
import { findInstalledPolicy, type PolicyFile } from "../../trust/policy-file.ts";
import { refuseWithinTree } from "../../trust/verifier-file.ts";
import type { Call } from "../declaration.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy } from "../policy-file.ts";
import { notesOn } from "../policy-notes.ts";
import { repeatConfig } from "../render/remedy.ts";
import { policyFacts, policyTitle } from "../render/policy.ts";
import { saysYes } from "../says-yes.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const named = words[0] ?? "";
  if (call.global.at !== undefined) {
    throw new CountersignError("usage/invalid", `Cannot trust policy "${named}": it is trusted from now on, and not as of another time`, {
      remedy: "leave out --at",
    });
  }
  return withSetup(call, async (opened) => {
    const { verifier, home } = opened.paths;
    refuseWithinTree(verifier, { home });
    if (named === "-") throw notAFile(named);
    const file = await loadGivenPolicy(named, { io, opened });
    if (file.place.kind !== "file") throw notAFile(named);
    refuseOther(file, named);
    const key = pinKey(file.place.text);
    const believed = await opened.verifier();
    const chain = chainOf(file, { before: believed.pins.get(key), first: values.text("first") });
    const shown = [...describe(file, believed, key), ...chain.told.map((line) => `  ${line}`)];
    if (!call.global.quiet) for (const line of shown) remark(io, showForeign(line, 4096));
    if (!values.flag("yes")) await askPerson(call, named);
    // What was shown is pinned, whatever the file holds by now.
    const digest = parseDigest(file.policy.digest);
    const wanted: Pin = {
      digest,
      ...(chain.digest === undefined ? {} : { chain: chain.digest }),
      ...(chain.isUnknown ? { isChainUnknown: true } : {}),
    };
    const pin = await recordPin(verifier, { key, pin: wanted, now: opened.clock.now(), home, signal: io.signal });
    const isToBeNamed = !(await judgesUnnamed(key, opened));
    const next = repeatConfig(`countersign verify REF${isToBeNamed ? ` --policy ${quoteWord(named)}` : ""}`, call.known);
    if (values.text("output") === "json") {
      const facts = policyFacts({ ...file, policy: { ...file.policy, trust: "pinned" } });
      print(
        io,
        JSON.stringify(
          {
            apiVersion: API_VERSION,
            kind: "PolicyTrust",
            ...facts,
            ...(pin.chain && { chain: pin.chain }),
            past: pin.past ?? [],
            key,
            verifier,
            next: [next],
          },
          null,
          2,
        ),
      );
    } else {
      print(io, `policy ${file.policy.digest} is pinned in ${verifier}\nnext:\n  ${next}`);
      if (isToBeNamed) print(io, showForeign(howToChoose(file, { key, verifier }), 4096));
    }
    return 0;
  });
}

/** Pinning a policy does not choose it: of several that could be, another one may judge where none is named. */
async function judgesUnnamed(key: string, { paths, verifier }: Setup): Promise<boolean> {
  const { policies } = await verifier();
  if (policies.length > 0) return false;
  const own = isPresent(paths.policy) ? paths.policy : findInstalledPolicy(paths.notaryPolicies);
  return own !== undefined && pinKey(own) === key;
}

function howToChoose(
  { policy: { form, name } }: PolicyFile,
  { key, verifier }: { readonly key: string; readonly verifier: string },
): string {
  const chosen = form === "countersign" ? name : "NAME";
  return `  or, for it to judge where none is named, in ${verifier}:  policies: { ${chosen}: { source: ${JSON.stringify(key)} } }`;
}

function describe(file: PolicyFile, verifier: Verifier, key: string): readonly string[] {
  const { policy } = file;
  const before = verifier.pins.get(key)?.digest;
  return [
    `${file.place.text}  ${policyTitle(policy)}`,
    ...(before === undefined || before === policy.digest
      ? []
      : [`  was pinned as ${before}: what was promoted by that, until now, is still judged by it (past, in pins)`]),
    ...whatOpens(policy, verifier),
    ...whatWaives(policy),
    // That another one was pinned is said above, and ends with this command.
    ...policy.warnings.filter((warning) => !warning.endsWith(untilTrusted(file))).map((warning) => `  warning: ${warning}`),
    ...notesOn(policy).map((note) => `  note: ${note}`),
  ];
}

interface Chain {
  readonly digest?: Digest;
  readonly isUnknown: boolean;
  /** In words, which it is and why. */
  readonly told: readonly string[];
}

/** What is pinned at a place goes on as the policy that was pinned there, so that what people have approved stays approved. */
function chainOf(
  { policy }: PolicyFile,
  { before, first }: { readonly before: Pin | undefined; readonly first: string | undefined },
): Chain {
  // No other form asks for approvals.
  if (policy.form !== "countersign") return { isUnknown: false, told: [] };
  if (first !== undefined) {
    const digest = parseDigest(first);
    return { digest, isUnknown: false, told: [`approvals name its first version: ${digest}, as --first says`] };
  }
  const kept = before?.isChainUnknown === true ? undefined : (before?.chain ?? before?.digest);
  if (kept !== undefined)
    return {
      digest: kept,
      isUnknown: false,
      told: [`approvals name its first version: ${kept}, that of the policy which was pinned here before (--first DIGEST says another)`],
    };
  const own = policy.chain === undefined ? undefined : parseDigest(policy.chain);
  if (own !== undefined) return { digest: own, isUnknown: false, told: ["approvals name its first version, which this is itself"] };
  return {
    isUnknown: true,
    told: ["warning: with which version it began is not known, so that nobody can approve by it: --first DIGEST says it"],
  };
}

/** Gate by gate: where it is asked, and who could open it. */
function whatOpens(policy: Policy, verifier: Verifier): readonly string[] {
  const openers = isCountersignPolicy(policy) ? whoCan(policy.loaded, verifier).gates : [];
  return policy.gates.map(({ name, places, trustStores }) => {
    const where = places.length === 0 ? "at any repository of a product" : `at ${places.join(", ")}`;
    const opener = openers.find(({ gate }) => gate === name);
    if (opener === undefined)
      return `  gate ${name} ${where}: opened by signers of ${trustStores.map(formatStore).join(", ") || "any kind"}`;
    const ways = [opener.needs, ...opener.others.map(({ needs }) => needs)].map((needs) => describeThresholds(needs));
    return `  gate ${name} ${where}: opened by ${ways.join("; or by ")}`;
  });
}

/** What people may set aside, whatever the gates ask for. */
function whatWaives(policy: Policy): readonly string[] {
  if (!isCountersignPolicy(policy)) return [];
  const { exceptions, breakGlass } = policy.loaded;
  return [
    ...(exceptions === undefined ? [] : [`  exceptions: ${describeExceptions(exceptions)}`]),
    ...(breakGlass === undefined ? [] : [`  breaking the glass: ${describeBreakGlass(breakGlass)}`]),
  ];
}

/** Whoever gives a digest has seen that document, and means no other. */
function refuseOther({ place, policy }: PolicyFile, named: string): void {
  const location = parsePolicyLocation(named);
  if (location.kind === "registry" || location.digest === undefined || location.digest === policy.digest) return;
  throw new CountersignError(
    "policy/changed",
    `Cannot trust policy "${place.text}": its digest is ${policy.digest}, and the one given ${location.digest}`,
    {
      remedy: `look at it: countersign policy check ${quoteWord(place.text)}`,
    },
  );
}

async function askPerson({ io }: Call, named: string): Promise<void> {
  if (!io.isTerminal || io.ask === undefined) {
    throw new CountersignError("usage/invalid", `Cannot trust policy "${named}": there is nobody at a terminal to ask`, {
      remedy: "look at it, then repeat the command with --yes",
    });
  }
  if (await saysYes(io.ask, "Trust this policy?")) return;
  throw new CountersignError("job/aborted", `Cannot trust policy "${named}": the answer was not yes`, {
    remedy: "answer with the whole word yes, or leave it",
  });
}

function notAFile(named: string): CountersignError {
  const why =
    named === "-" ? "what comes from stdin has no place to be found again" : "a policy in a registry is trusted by its signatures";
  return new CountersignError("usage/invalid", `Cannot pin policy "${named}": ${why}`, {
    remedy: named === "-" ? "name a file" : "roles.policySigners in verifier.yaml says whose signatures count",
  });
}
