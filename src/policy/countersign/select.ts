/** Which gate of the policy judges a repository, and whom it asks for there. */
import { showForeign } from "../../core/display.ts";
import type { Action, CheckName } from "../../core/finding.ts";
import type { Gate, Member, PolicyPeople, Selection, SignatureRules, Waiver } from "../../core/policy.ts";
import { storesOf } from "../../core/trust-source.ts";
import { fillIdentity, isOneEach } from "./identity.ts";
import type { Closure } from "./gate-order.ts";
import { type Checks, strictest } from "./gates.ts";
import { type Exceptions, kindsAsked } from "./approvals.ts";
import type { Model, ModelGate } from "./model.ts";
import { nearestName } from "../nearest.ts";
import { type FoundPlace, findPlace } from "./place-of.ts";
import { quote } from "./place.ts";
import type { Expressions } from "./expressions.ts";
import { requirementOf, requirementOfApproval, requirementOfRule } from "./requirement.ts";
import type { GateDigests } from "./gate-digest.ts";
import { gateActions, type Selectable, signersOf, templatesOf } from "./prepare.ts";
import type { Product } from "./products.ts";
import type { Actor } from "./signers.ts";
import { fillTemplate, type Values } from "./template.ts";
import { UNKNOWN_REVOCATION } from "../waivable.ts";

type Found = FoundPlace<Product>;

/** With what only a policy that was read to its end has. */
export interface SelectablePolicy extends Selectable {
  readonly expressions: Expressions;
  readonly digestsOf: (gate: string) => GateDigests;
}

export function select(policy: SelectablePolicy, repository: string, gate?: string): Selection {
  const shown = showForeign(repository, 300);
  const { products, gates, name } = policy.model;
  const asked = gate === undefined ? undefined : gates.get(gate);
  if (gate !== undefined && asked === undefined) {
    const choices = [...gates.keys()];
    const meant = nearestName(gate, choices);
    const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    return { kind: "gate-wanted", message: `the policy ${name} has no gate ${quote(gate)}${hint}`, choices };
  }
  const found = findPlace(products, repository);
  if (found === undefined) {
    const places = products.flatMap(({ repositories }) => repositories.map(({ template }) => template.text));
    const some = `${places.slice(0, 5).join(", ")}${places.length > 5 ? " …" : ""}`;
    const remedy = `if it should, add ${shown} to a product of the policy; it lists ${some}`;
    return { kind: "not-listed", message: `the policy ${name} lists no product at ${shown}`, remedy };
  }
  if (asked !== undefined) return selectGate(policy, asked, { found, repository });
  const [only, ...others] = found.listed;
  const judge = only === undefined || others.length > 0 ? undefined : gates.get(only);
  if (judge !== undefined) return selectGate(policy, judge, { found, repository });
  const product = fillTemplate(found.product.template, found.values) ?? found.product.template.text;
  return { kind: "gate-wanted", message: `${repository} is for several gates: ${found.listed.join(", ")}`, choices: found.listed, product };
}

export function placeFor({ model: { products } }: Selectable, repository: string, gate: string): string | undefined {
  const found = findPlace(products, repository);
  if (found === undefined) return undefined;
  const listed = found.product.repositories.filter((place) => place.gate === gate);
  const [only, ...others] = listed.map(({ template }) => fillTemplate(template, found.values));
  return others.length > 0 ? undefined : only;
}

function selectGate(
  policy: SelectablePolicy,
  gate: ModelGate,
  { found, repository }: { readonly found: Found; readonly repository: string },
): Selection {
  const { closures, mayAsk, model, expressions, digestsOf } = policy;
  const { product, values, listed } = found;
  const name = fillTemplate(product.template, values) ?? product.template.text;
  const places = product.repositories.filter((place) => place.gate === gate.name);
  if (places.length > 0 && !listed.includes(gate.name)) {
    const there = places.map(({ template }) => fillTemplate(template, values) ?? template.text).join(" or ");
    const message = `${repository} is where ${name} is for gate ${listed.join(", ")}; for gate ${gate.name} it is at ${there}`;
    return { kind: "not-listed", message, remedy: `judge ${there}, or ask for --gate ${listed.join(" or --gate ")}` };
  }
  const others = model.products.filter(({ repositories }) => repositories.some((place) => place.gate === gate.name));
  if (places.length === 0 && others.length > 0) {
    // A gate that products list is for those: what has no place there has no business there.
    const message = `${name} has no place for gate ${gate.name}`;
    return {
      kind: "not-listed",
      message,
      remedy: `if it should have one, add a repository for gate ${gate.name} to the product ${product.template.text}`,
    };
  }
  const closure = closures.get(gate.name) ?? [gate];
  const signers = signersOf(closure);
  const lacks = (variables: readonly string[]): boolean => variables.some((variable) => !values.has(variable));
  const missing = signers.find(({ identities }) => identities.some(({ variables }) => lacks(variables)));
  if (missing !== undefined) {
    const message = `gate ${gate.name} asks for ${missing.name}, whose identity has a variable that the product ${name} does not have`;
    return {
      kind: "not-listed",
      message,
      remedy: `list a repository for gate ${gate.name} in the product, and give ${missing.name} an identity that fits it`,
    };
  }
  const foreign = templatesOf(closure).find(({ template }) => lacks(template.variables));
  if (foreign !== undefined) {
    const message = `gate ${gate.name} asks for ${quote(foreign.template.text)}, which has a variable that the product ${name} does not have`;
    return {
      kind: "not-listed",
      message,
      remedy: `list a repository for gate ${gate.name} in the product, and ask for what fits it`,
    };
  }
  const isAskedElsewhere = (signer: Actor): boolean => [...mayAsk].some(([other, asked]) => other !== product && asked.has(signer));
  // Whoever is no approver today may have rejected it when he was one.
  const people =
    closure.some(({ approve }) => approve !== undefined) || isWaivable(closure, model)
      ? model.people.filter(({ identities }) => identities.length > 0)
      : [];
  const members = [...new Set([...signers, ...people])].map((signer) => memberOf(signer, values, isAskedElsewhere));
  const rules: SignatureRules = {
    actions: strongest(closure),
    trustStores: storesOf(members.flatMap(({ identities }) => identities)),
    signers: { kind: "members", members },
    verifyTimestamp: "always",
    product: name,
  };
  const isOwn = (source: string): boolean => policy.ownerOf.get(source) === product;
  const gateOf = (one: ModelGate): Gate => {
    const needs = one.needs.map((need) => requirementOf(need, { values, isOwn, expressions }));
    const approvals = one.approve === undefined ? [] : [requirementOfApproval(one.approve, [...model.people, ...model.forges])];
    const asked = one.rules.map((rule) => requirementOfRule(rule, { product: name, gate: gate.name, expressions }));
    const place = product.repositories.find((listedPlace) => listedPlace.gate === one.name)?.template;
    const filled = place === undefined ? undefined : fillTemplate(place, values);
    return {
      name: one.name,
      actions: gateActions(one.checks),
      requirements: [...needs, ...asked, ...approvals],
      after: (closures.get(one.name) ?? []).flatMap(({ name: before }) => (before === one.name ? [] : [before])),
      head: {
        policy: model.name,
        product: name,
        gate: one.name,
        ...(filled === undefined ? {} : { repository: filled }),
        ...digestsOf(one.name),
      },
      ...(one.stay === undefined ? {} : { stay: stayOf(one.stay) }),
      ...(one.rollback ? { allowsRollback: true } : {}),
    };
  };
  const everybody = (): readonly Member[] =>
    [...model.people, ...model.parties]
      .filter((one): one is Actor => one.kind !== "group")
      .map((one) => memberOf(one, values, isAskedElsewhere))
      .filter(({ identities }) => identities.length > 0);
  const before = closure.slice(0, -1).map(gateOf);
  return { kind: "gate", gate: gateOf(gate), before, rules, people: peopleOf(model), everybody, product: name };
}

/** Whether somebody may except some of what the gates ask for. */
function isWaivable(closure: Closure, { exceptions, breakGlass }: Model): boolean {
  const kinds = kindsAsked(closure);
  const waived = [...(exceptions?.waived ?? []), ...(breakGlass?.waived ?? [])];
  return waived.some(({ name }) => kinds.has(name) || name === UNKNOWN_REVOCATION);
}

function stayOf({ scanMaxAge, superseded }: NonNullable<ModelGate["stay"]>): NonNullable<Gate["stay"]> {
  return { ...(scanMaxAge === undefined ? {} : { scanMaxAge }), ...(superseded === undefined ? {} : { superseded }) };
}

function peopleOf({ people, forges, exceptions, breakGlass }: Model): PolicyPeople {
  return {
    committers: people.map(({ name, gitKeys, authors }) => ({
      name,
      gitKeys: gitKeys.map((key) => key.name),
      authors: authors.map((mail) => mail.name),
    })),
    ...(forges.length === 0 ? {} : { forges: forges.map(({ name, gitKeys }) => ({ name, gitKeys: gitKeys.map((key) => key.name) })) }),
    ...(exceptions === undefined ? {} : { exceptions: waiverOf(exceptions) }),
    ...(breakGlass === undefined
      ? {}
      : {
          breakGlass: {
            ...waiverOf(breakGlass),
            afterwardsBy: breakGlass.afterwards.signers.map((person) => person.name),
            within: breakGlass.within,
            stayMax: breakGlass.stayMax,
          },
        }),
  };
}

function waiverOf({ signers, byText, waived, max }: Exceptions): Waiver {
  return { by: signers.map((person) => person.name), byText, waives: waived.map((kind) => kind.name), max };
}

function memberOf(signer: Actor, values: Values, isAskedElsewhere: (signer: Actor) => boolean): Member {
  const { name, kind, identities } = signer;
  const isOfProduct = !isAskedElsewhere(signer) && isOneEach(identities, [...values.keys()]);
  const filled = identities.map(({ identity }) => fillIdentity(identity, values)).filter((identity) => identity !== undefined);
  return { name, kind, identities: filled, isOfProduct };
}

function strongest(closure: Closure): Readonly<Record<CheckName, Action>> {
  const of = (check: keyof Checks): Action => strictest(closure, check);
  return gateActions({ expiry: of("expiry"), time: of("time"), revocation: of("revocation") });
}
