/** `policy show`: the policy that judges, as stored; or the versions that a registry has of one. */
import { showForeign, showForeignDocument, showForeignJson } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { formatReference } from "../../core/reference.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { parsePolicyLocation, type PolicyLocation } from "../../policy/policy-location.ts";
import { type ConfiguredPolicy, policyAt } from "../../policy/verifier/verifier.ts";
import type { Setup } from "../../setup.ts";
import { type PolicyVersions, policyVersions } from "../../signed-policies/policy-versions.ts";
import { chainOf } from "../../trust/hold-to-floor.ts";
import type { Call } from "../declaration.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy, namedPolicy, tellWarnings } from "../policy-file.ts";
import { policyFacts, policyTitle } from "../render/policy.ts";
import { mark, type Style, styleFor } from "../render/style.ts";

export function run(call: Call): Promise<ExitCode> {
  const { words, values } = call;
  const named = namedPolicy(words[0], { option: values.text("policy"), action: "show" });
  return withSetup(call, (opened) => (values.flag("history") ? showHistory(named, call, opened) : showPolicy(named, call, opened)));
}

async function showPolicy(named: string | undefined, { io, values, global }: Call, opened: Setup): Promise<ExitCode> {
  const file = named === undefined ? await opened.showPolicy() : await loadGivenPolicy(named, { io, opened });
  const text = Buffer.from(file.bytes).toString("utf8");
  if (values.text("output") === "json") {
    // A document in YAML stays a text: its comments are part of it.
    const document: unknown = file.policy.form === "notary" ? JSON.parse(text) : text;
    const chain = chainOf(file);
    const facts = { ...policyFacts(file), ...(chain === undefined ? {} : { chain }) };
    const answer = { apiVersion: API_VERSION, kind: "PolicyShow", ...facts, document };
    print(io, showForeignJson(JSON.stringify(answer, null, 2)));
  } else {
    if (!global.quiet) remark(io, `${showForeign(file.place.text, 4096)}  ${policyTitle(file.policy)}`);
    tellWarnings(file, { io, global });
    // A file or a pipe gets the bytes that have the digest; a terminal would do what controls in them say.
    if (io.stdout.isTTY === true) print(io, showForeignDocument(text).replace(/\n$/, ""));
    else io.stdout.write(file.bytes);
  }
  return 0;
}

/** What is missing was asked for too: then this could not be found out. */
async function showHistory(named: string | undefined, { io, values }: Call, opened: Setup): Promise<ExitCode> {
  const { location, minimumVersion } = await locate(named, opened);
  if (location.kind === "file") {
    throw new CountersignError(
      "usage/invalid",
      `Cannot show the versions of policy "${location.path}": a file has only the one that it holds`,
      {
        remedy: "oci://registry.example/policies/shop",
      },
    );
  }
  const { reference } = location;
  const source = `oci://${formatReference(reference)}`;
  const beliefs = await opened.verifier();
  const { policySigners: signers } = beliefs;
  if (signers === undefined) {
    throw new CountersignError("policy/unsigned", `Cannot show who has signed "${source}": nobody says who may sign policies`, {
      remedy: `write roles.policySigners into "${opened.paths.verifier}"`,
    });
  }
  const { trust, clock } = opened;
  const call = io.signal === undefined ? {} : { signal: io.signal };
  const found = await policyVersions(reference, {
    ...call,
    store: await opened.openStore(reference),
    signers,
    beliefs,
    trust,
    clock,
    floors: await opened.policyFloors(),
    minimumVersion,
  });
  if (values.text("output") === "json")
    print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "PolicyVersions", source, ...found }, null, 2));
  else print(io, renderHistory(found, { source, atLeast: signers.atLeast, style: styleFor(io, io.stdout) }));
  const outcomes = new Set(found.versions.map(({ outcome }) => outcome));
  if (outcomes.has("deny")) return 1;
  return outcomes.has("unknown") || found.missing !== undefined ? 4 : 0;
}

type Located = Pick<ConfiguredPolicy, "location" | "minimumVersion">;

/** As for --policy: a name of `verifier.yaml` comes first; without one it is the only policy that is configured. */
async function locate(named: string | undefined, opened: Setup): Promise<Located> {
  const { policies } = await opened.verifier();
  const [only, ...others] = policies;
  const configured = named === undefined ? (others.length === 0 ? only : undefined) : policies.find(({ name }) => name === named);
  if (configured !== undefined) return configured;
  if (named !== undefined) return withMinimum(parsePolicyLocation(named), policies);
  throw new CountersignError("usage/invalid", "Cannot show the versions of a policy: none was named", {
    remedy:
      others.length === 0
        ? "countersign policy show oci://registry.example/policies/shop --history"
        : policies.map(({ name }) => name).join(", or "),
  });
}

function withMinimum(location: PolicyLocation, policies: readonly ConfiguredPolicy[]): Located {
  if (location.kind !== "registry") return { location };
  const configured = policyAt(location.reference, policies);
  return configured?.minimumVersion === undefined ? { location } : { location, minimumVersion: configured.minimumVersion };
}

function renderHistory(
  { name, chain, versions, waiting = [], missing, warnings }: PolicyVersions,
  { source, atLeast, style }: { readonly source: string; readonly atLeast: number; readonly style: Style },
): string {
  const lines = [`${style.bold(`policy ${showForeign(name)}`)}  ${showForeign(source, 4096)}`];
  for (const { version, digest, signedBy } of waiting) {
    lines.push(`  ${style.unsure("…")} version ${version}  ${style.dim(digest)}`);
    lines.push(
      `      waits for signatures: ${signedBy.length} of ${atLeast}, ${showForeign(signedBy.map((one) => one.name).join(", "), 4096)}`,
    );
  }
  for (const { version, digest, outcome, signedBy } of versions) {
    lines.push(`  ${mark(outcome, style)} version ${version}  ${style.dim(digest)}`);
    for (const signature of signedBy) {
      const { claimed, proven } = signature;
      const when = [claimed === undefined ? [] : `says signed ${claimed}`, proven === undefined ? [] : `proven by ${proven}`].flat();
      lines.push(`      ${showForeign(signature.name, 4096)}${when.length === 0 ? "" : `  ${style.dim(when.join(", "))}`}`);
    }
    if (outcome !== "pass")
      lines.push(
        style.dim(
          `      ${outcome === "deny" ? "not signed by those who may sign policies today" : "who has signed it could not be found out"}`,
        ),
      );
  }
  if (missing !== undefined)
    lines.push(`  ${style.unsure("?")} version ${missing.version}  ${style.dim(missing.digest)}\n      it is not there`);
  lines.push(...warnings.map((warning) => `  ${style.unsure("warning:")} ${showForeign(warning, 4096)}`));
  return [...lines, ...(chain === undefined ? [] : [style.dim(`  first version ${chain}`)])].join("\n");
}
