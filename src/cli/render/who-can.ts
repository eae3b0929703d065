/** Who can open the gates of a policy, in words. */
import { showForeign } from "../../core/display.ts";
import type { Fewest } from "../../policy/countersign/fewest.ts";
import { describeThresholds } from "../../policy/countersign/thresholds.ts";
import type { GateOpeners, Issuer, WhoCan } from "../../policy/countersign/who-can.ts";
import { signersOf } from "../../policy/countersign/loaded-questions.ts";
import type { LoadedPolicy } from "../../policy/countersign/loaded.ts";
import type { WayName } from "../../policy/countersign/ways.ts";
import type { Verifier } from "../../policy/verifier/verifier.ts";
import type { PolicyFile } from "../../trust/policy-file.ts";
import { policyTitle } from "./policy.ts";
import type { Style } from "./style.ts";

/** Whoever is not in the policy and is trusted all the same. */
export interface Actor {
  readonly actor: string;
  readonly because: string;
}

/** The owners of what decides, beside those who may sign policies. */
export function changersOf(
  { place, policy }: PolicyFile,
  { verifier, trustStores }: { readonly verifier: string; readonly trustStores: string },
): readonly Actor[] {
  const owner: Actor = { actor: `whoever may write ${place.text}`, because: "the policy is neither signed nor pinned" };
  const configuration: Actor = {
    actor: `whoever may write ${verifier} or ${trustStores}`,
    because: "they say which policy judges, and which roots are trusted",
  };
  return policy.trust === "unpinned" ? [owner, configuration] : [configuration];
}

/** Those who vouch for time, for accounts and for authors; whoever issues certificates stands at each gate. */
export function assumedOf(
  { people, parties, forges = [] }: Pick<LoadedPolicy, "people" | "parties" | "forges">,
  { witnesses }: Pick<Verifier, "witnesses">,
): readonly Actor[] {
  const providers = new Map<string, string[]>();
  for (const { name, identities } of signersOf({ people, parties }).values()) {
    for (const identity of identities) {
      if (identity.kind !== "oidc" && identity.kind !== "keyless") continue;
      const [issuer = ""] = identity.text.split(" ");
      providers.set(issuer, [...(providers.get(issuer) ?? []), name]);
    }
  }
  return [
    ...witnesses.map(({ name, operator }) => ({
      actor: `whoever runs the timestamp authority ${name} (${operator})`,
      because: "it can say of a key that has run out since, or is withdrawn, that it signed in time",
    })),
    ...[...providers].map(([issuer, names]) => ({
      actor: `whoever runs ${issuer}`,
      because: `it vouches for ${names.join(", ")}; this version does not ask it`,
    })),
    ...forges.map(({ name }) => ({
      actor: `whoever runs the forge ${name}, or has another account there`,
      because: "authors are kept out of what it signs only as far as it names them by an account that the policy knows",
    })),
  ];
}

interface WhoCanOptions {
  readonly file: PolicyFile;
  /** They open every gate. */
  readonly changers: readonly Actor[];
  /** They are assumed to be honest. */
  readonly assumed: readonly Actor[];
  readonly style: Style;
}

export function renderWhoCan(found: WhoCan, { file, changers, assumed, style }: WhoCanOptions): string {
  const lines = [style.dim(`${showForeign(file.place.text, 4096)}  ${policyTitle(file.policy)}`)];
  for (const gate of found.gates) lines.push(...renderGate(gate, found, style));
  const { policySigners } = found;
  lines.push("opens every gate:");
  if (policySigners !== undefined) {
    const who = describeThresholds([policySigners]);
    lines.push(`  policy signers: ${showForeign(who, 4096)}   ${style.dim("they can sign another policy")}`);
    lines.push(...renderIssuers(policySigners.issuers, style));
  }
  lines.push(...renderActors(changers, style));
  if (assumed.length > 0) lines.push("assumed to be honest:", ...renderActors(assumed, style));
  for (const { name } of found.openers.filter(({ isShared }) => isShared)) {
    lines.push(
      `${style.unsure("note:")} whoever may write any repository that ${showForeign(name)} signs for may have it sign for each of them`,
    );
  }
  for (const name of found.unknowable) {
    lines.push(`${style.unsure("note:")} ${showForeign(name)} opens nothing: this version knows nobody by keyless or oidc alone`);
  }
  return lines.join("\n");
}

function renderActors(actors: readonly Actor[], style: Style): readonly string[] {
  return actors.map(({ actor, because }) => `  ${showForeign(actor, 4096)}   ${style.dim(showForeign(because, 4096))}`);
}

const OTHER_WAYS: Readonly<Record<WayName, string>> = {
  needs: "",
  exception: "or, with an exception",
  breakGlass: "or, breaking the glass",
  "exception+breakGlass": "or, with an exception and breaking the glass",
  summary: "or, by a verdict that the verifier takes",
  record: "or, by a record of a promotion whose word the verifier takes",
};

function renderGate(openers: GateOpeners, found: WhoCan, style: Style): string[] {
  const { gate, needs, others, lacks, authorsBy, fewest, issuers, withIssuers } = openers;
  const label = (name: string): string => {
    const opener = found.openers.find((one) => one.name === name);
    return opener?.kind === "machine" && opener.isKey ? `the key of ${name}` : name;
  };
  const note = (text: string): string => `  ${style.unsure("note:")} ${showForeign(text, 4096)}`;
  return [
    `gate ${style.bold(showForeign(gate))}   ${sizeOf(fewest)}, assuming honest infrastructure`,
    `  ${showForeign(describeThresholds(needs, label), 4096)}`,
    ...others.map((way) => `  ${OTHER_WAYS[way.by]}: ${showForeign(describeThresholds(way.needs, label), 4096)}`),
    ...renderSets(fewest, style, { isSaid: others.length === 0 }),
    ...lacks.map((why) => note(`it opens to nobody as things stand: ${why}`)),
    ...(authorsBy.length === 0 ? [] : [note(`authors are kept out only as long as the provenance by ${authorsBy.join(" or ")} is true`)]),
    ...renderIssuers(issuers, style),
    ...(withIssuers === undefined ? [] : renderHelped(withIssuers, style)),
  ];
}

function renderHelped(helped: Fewest, style: Style): readonly string[] {
  const [only = [], ...others] = helped.sets;
  if (others.length === 0) return [`  with their help: ${sizeOf(helped)}, ${showForeign(only.join(" and "), 4096)}`];
  return [`  with their help: ${sizeOf(helped)}`, ...renderSets(helped, style)];
}

/** `isSaid`: one set is what the line before it says already. */
function renderSets({ sets, more }: Fewest, style: Style, { isSaid }: { readonly isSaid: boolean } = { isSaid: true }): readonly string[] {
  if (sets.length < (isSaid ? 2 : 1)) return [];
  const rest = more === undefined ? [] : [style.dim(`    and ${describeMore(more)}`)];
  return [...sets.map((set) => style.dim(`    ${showForeign(set.join(", "), 4096)}`)), ...rest];
}

function describeMore({ count, isExact }: NonNullable<Fewest["more"]>): string {
  if (isExact) return `${count} more`;
  return count > 1 ? `at least ${count} more` : "maybe more";
}

function renderIssuers(issuers: readonly Issuer[], style: Style): readonly string[] {
  return issuers.map(
    ({ anchor, as }) => `  whoever can issue for ${anchor}   ${style.dim(`signs as ${showForeign(as.join(", "), 4096)}`)}`,
  );
}

function sizeOf({ size, isExact }: Fewest): string {
  if (size === undefined) return "nobody";
  return isExact ? String(size) : `at least ${size}`;
}
