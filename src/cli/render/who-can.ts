/** Who can open the gates of a policy, in words. */
import { showForeign } from "../../core/display.ts";
import type { Fewest } from "../../policy/countersign/fewest.ts";
import { describeThresholds } from "../../policy/countersign/thresholds.ts";
import type { GateOpeners, Issuer, WhoCan } from "../../policy/countersign/who-can.ts";
import type { PolicyFile } from "../../trust/policy-file.ts";
import { policyTitle } from "./policy.ts";
import type { Style } from "./style.ts";

/** Whoever is not in the policy and can open every gate all the same. */
export interface Changer {
  readonly actor: string;
  readonly because: string;
}

/** The owners of what decides, beside those who may sign policies. */
export function changersOf(
  { place, policy }: PolicyFile,
  { verifier, trustStores }: { readonly verifier: string; readonly trustStores: string },
): readonly Changer[] {
  const owner: Changer = { actor: `whoever may write ${place.text}`, because: "the policy is neither signed nor pinned" };
  const configuration: Changer = {
    actor: `whoever may write ${verifier} or ${trustStores}`,
    because: "they say which policy judges, and which roots are trusted",
  };
  return policy.trust === "unpinned" ? [owner, configuration] : [configuration];
}

interface WhoCanOptions {
  readonly file: PolicyFile;
  readonly changers: readonly Changer[];
  readonly style: Style;
}

export function renderWhoCan(found: WhoCan, { file, changers, style }: WhoCanOptions): string {
  const lines = [style.dim(`${showForeign(file.place.text, 4096)}  ${policyTitle(file.policy)}`)];
  for (const gate of found.gates) lines.push(...renderGate(gate, found, style));
  const { policySigners } = found;
  lines.push("opens every gate:");
  if (policySigners !== undefined) {
    const who = describeThresholds([policySigners]);
    lines.push(`  policy signers: ${showForeign(who, 4096)}   ${style.dim("they can sign another policy")}`);
    lines.push(...renderIssuers(policySigners.issuers, style));
  }
  for (const { actor, because } of changers) lines.push(`  ${showForeign(actor, 4096)}   ${style.dim(because)}`);
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

function renderGate({ gate, needs, unread, fewest, issuers, withIssuers }: GateOpeners, found: WhoCan, style: Style): string[] {
  const label = (name: string): string => {
    const opener = found.openers.find((one) => one.name === name);
    return opener?.kind === "machine" && opener.isKey ? `the key of ${name}` : name;
  };
  const head = `gate ${style.bold(showForeign(gate))}   ${sizeOf(fewest)}, assuming honest infrastructure`;
  return [
    head,
    `  ${showForeign(describeThresholds(needs, label), 4096)}`,
    ...renderSets(fewest, style),
    ...(unread.length === 0 ? [] : [`  ${style.unsure("note:")} it opens to nobody yet: this version does not read ${unread.join(", ")}`]),
    ...renderIssuers(issuers, style),
    ...(withIssuers === undefined ? [] : renderHelped(withIssuers, style)),
  ];
}

function renderHelped(helped: Fewest, style: Style): readonly string[] {
  const [only = [], ...others] = helped.sets;
  if (others.length === 0) return [`  with their help: ${sizeOf(helped)}, ${showForeign(only.join(" and "), 4096)}`];
  return [`  with their help: ${sizeOf(helped)}`, ...renderSets(helped, style)];
}

/** One set is what the line before it says already. */
function renderSets({ sets, more }: Fewest, style: Style): readonly string[] {
  if (sets.length < 2) return [];
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
