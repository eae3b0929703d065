/** What is asked of a loaded policy: who is in it, which gates come before one, and whom its needs want. */
import type { Identity } from "../../core/policy.ts";
import { namesBefore } from "./gate-order.ts";
import { missingVariable } from "./identity.ts";
import type { LoadedGate, LoadedNeed, LoadedPolicy, LoadedProduct } from "./loaded.ts";
import { parseTemplate, type Template } from "./template.ts";

/** How many of whom must speak for a gate's needs to be met, and its approvals. */
export function wantedBy({
  needs,
  approve,
}: Pick<LoadedGate, "needs" | "approve">): readonly { readonly members: readonly string[]; readonly atLeast: number }[] {
  return [...needs.flatMap(wantedByNeed), ...(approve === undefined ? [] : [{ members: approve.members, atLeast: approve.atLeast }])];
}

export function wantedByNeed(need: LoadedNeed): readonly { readonly members: readonly string[]; readonly atLeast: number }[] {
  if (need.kind === "image") return [];
  const agree = need.kind === "provenance" ? (need.asked.agree ?? 1) : 1;
  return [{ members: need.members, atLeast: need.kind === "signature" ? need.atLeast : agree }];
}

/** What they ask for of the sources of an image. */
export function sourcesIn(needs: readonly LoadedNeed[]): readonly Template[] {
  return needs.flatMap((need) =>
    need.kind === "provenance" && need.asked.source !== undefined ? [parseTemplate(need.asked.source, refuse)] : [],
  );
}

/** The names that they ask images to be signed by. */
export function signedNamesIn(needs: readonly LoadedNeed[]): readonly Template[] {
  return needs.flatMap((need) => (need.kind === "signature" && need.signedAs !== undefined ? [parseTemplate(need.signedAs, refuse)] : []));
}

/** All whose word plays a part in them. With `variables`: but for those whose signatures name the image itself, by all of these. */
export function membersIn(needs: readonly LoadedNeed[], variables?: readonly string[]): readonly string[] {
  return needs.flatMap((need) => {
    if (need.kind === "image") return [];
    if (need.kind !== "signature") return [...need.members, ...(need.vex?.members ?? [])];
    const name = need.signedAs === undefined ? undefined : parseTemplate(need.signedAs, refuse);
    const isNamed = variables !== undefined && name !== undefined && missingVariable(name, variables) === undefined;
    return isNamed ? [] : need.members;
  });
}

/** A person or machine: of either form, the policy's or the verifier's. */
export interface Somebody {
  readonly name: string;
  readonly kind: "person" | "machine";
  readonly identities: readonly Identity[];
}

/** Every person and machine, by name. */
export function signersOf({ people, parties }: Pick<LoadedPolicy, "people" | "parties">): ReadonlyMap<string, Somebody> {
  const persons = people.map((person): Somebody => ({ ...person, kind: "person" }));
  return new Map([...persons, ...parties.filter((party) => party.kind === "machine")].map((signer) => [signer.name, signer]));
}

/** The gate and all that come before it. */
export function gatesBefore({ gates }: Pick<LoadedPolicy, "gates">, gate: string): readonly LoadedGate[] {
  const after = new Map(gates.map((one) => [one.name, one.after]));
  const names = namesBefore(gate, (name) => after.get(name) ?? []);
  return gates.filter(({ name }) => names.has(name));
}

/** The same, and all that the bases have to pass of which they ask. */
export function gatesNeeded({ gates }: Pick<LoadedPolicy, "gates">, gate: string): readonly LoadedGate[] {
  const next = new Map(gates.map((one) => [one.name, [...one.after, ...baseGatesOf(one)]]));
  const names = namesBefore(gate, (name) => next.get(name) ?? []);
  return gates.filter(({ name }) => names.has(name));
}

/** That bases have to pass of which the gate asks. */
export function baseGatesOf({ needs }: LoadedGate): readonly string[] {
  return needs.flatMap((need) => (need.kind === "provenance" ? (need.asked.base ?? []) : []));
}

/** The product's repositories as they are compared. */
export function templatesOf({ repositories }: LoadedProduct): readonly { readonly gate: string; readonly template: Template }[] {
  return repositories.map(({ gate, repository }) => ({ gate, template: parseTemplate(repository, refuse) }));
}

/** What was loaded is right; a fault here would be ours. */
function refuse(state: string): never {
  throw new TypeError(state);
}
