/** What notation's trust policy says, and the policy made from it does not: each in words, so that nothing is left out in silence. */
import type { GateOutline, IdentityRule, Policy, SignatureRules } from "../core/policy.ts";
import { formatStore, type TrustStoreName } from "../core/trust-source.ts";
import { isWritable } from "../policy/countersign/draft.ts";
import { quote } from "../policy/countersign/place.ts";
import { type ChosenSigners, identitiesOf } from "./signers-of-statement.ts";

/** A repository of the new policy, and who was chosen for it. */
export interface Carried extends ChosenSigners {
  readonly repository: string;
  /** Their names in the policy, of which one is enough. */
  readonly by: readonly string[];
}

const SHOWN = 5;
/** A gate of ours may set these as a level does. */
const SETTABLE = ["expiry", "time", "revocation"] as const;

export function whatIsLeftOut(notary: Policy, carried: readonly Carried[]): readonly string[] {
  return notary.gates.flatMap((outline) => {
    const own = carried.filter(({ repository }) => statementOf(notary, repository) === outline.name);
    const [first] = own;
    const texts = [...leftScopes(outline, own), ...(first === undefined ? [] : leftRules(notary, first))];
    return texts.map((text) => `the statement ${quote(outline.name)} of notation's trust policy ${text}`);
  });
}

/** The statement that notation would judge the repository by. */
function statementOf(notary: Policy, repository: string): string | undefined {
  const selection = notary.select(repository);
  return selection.kind === "gate" ? selection.gate.name : undefined;
}

function leftScopes({ places }: GateOutline, own: readonly Carried[]): readonly string[] {
  if (places.includes("*")) return ["is for every repository that no other one names, and this policy for those alone that it lists"];
  const others = places.filter((place) => !own.some(({ repository }) => repository === place));
  return others.length === 0 ? [] : [`is for ${some(others)} too, which this policy does not list`];
}

function leftRules(notary: Policy, carried: Carried): readonly string[] {
  const selection = notary.select(carried.repository);
  if (selection.kind !== "gate") return [];
  const { rules } = selection;
  if (rules === undefined) return [`has level skip: its images pass unseen, and here ${carried.by.join(" or ")} must have signed them`];
  return [...leftActions(rules), ...leftStores(rules, carried), ...identitiesOf(rules.signers).map((rule) => leftIdentity(rule, carried))];
}

function leftActions({ actions }: SignatureRules): readonly string[] {
  const relaxed = SETTABLE.filter((check) => actions[check] !== "enforce");
  const checks = relaxed.map((check) => `${check}: ${actions[check]}`).join(", ");
  return [
    ...(actions.authenticity === "enforce" ? [] : ["only logs who has signed, and here nobody else's signature counts"]),
    ...(relaxed.length === 0
      ? []
      : [`does not enforce ${relaxed.join(", ")}, and here that is enforced unless the gate has checks: { ${checks} }`]),
  ];
}

function leftStores({ trustStores, verifyTimestamp }: SignatureRules, { signers }: Carried): readonly string[] {
  const isNamed = (store: TrustStoreName): boolean => signers.some(({ anchor }) => formatStore(anchor) === formatStore(store));
  const authorities = trustStores.filter(({ type }) => type === "tsa").map(formatStore);
  const others = trustStores.filter((store) => store.type !== "tsa" && !isNamed(store)).map(formatStore);
  const when = verifyTimestamp === "always" ? "" : ` (verifyTimestamp ${verifyTimestamp})`;
  return [
    ...(authorities.length === 0 ? [] : [`takes timestamps of ${some(authorities)}${when}, which this policy does not name`]),
    ...(others.length === 0 ? [] : [`trusts ${some(others)}, and here nobody is named whose certificate leads there`]),
  ];
}

function leftIdentity(rule: IdentityRule, { by, isGuess }: Carried): string {
  const accepts = rule.kind === "any" ? "accepts everybody under its trust stores" : `accepts ${quote(rule.text)}`;
  if (isGuess) return `${accepts}, whom nothing here can name: the keys of this machine stand in that place (${by.join(" or ")})`;
  if (rule.kind === "any") return `${accepts}, and here ${by.join(" or ")} alone`;
  if (rule.kind === "foreign") return `${accepts}, whom a plugin would have to judge`;
  if (isWritable(rule.pairs)) return `${accepts} as a part of the subject, and here the whole subject is compared`;
  return `${accepts}, where braces would be read as a variable: nobody is named for it but keys of this machine that it fits`;
}

function some(texts: readonly string[]): string {
  return `${texts.slice(0, SHOWN).join(", ")}${texts.length > SHOWN ? ` and ${texts.length - SHOWN} more` : ""}`;
}
