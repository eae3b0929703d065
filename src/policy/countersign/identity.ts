/** How somebody is known, as the document writes it: texts with variables that a product fills in. */
import type { Identity } from "../../core/policy.ts";
import type { TrustStoreName } from "../../core/trust-source.ts";
import { fillTemplate, overlaps, type Template, type Values } from "./template.ts";

export interface TemplatePair {
  readonly type: string;
  readonly value: Template;
}

type Written =
  | { readonly kind: "subject"; readonly pairs: readonly TemplatePair[] }
  | { readonly kind: "san"; readonly type: "dns" | "uri" | "email"; readonly value: Template }
  | { readonly kind: "fingerprint"; readonly sha256: string };

export type WrittenIdentity =
  | { readonly kind: "certificate"; readonly anchor: TrustStoreName; readonly is: Written }
  | { readonly kind: "key"; readonly fingerprint: string }
  | {
      readonly kind: "keyless" | "oidc";
      readonly issuer: string;
      readonly name: Template;
      /** Numbers that are given to nobody else: `repositoryId` and `ownerId`. */
      readonly ids: Readonly<Record<string, string>>;
    };

/** All texts that may hold variables. */
function templatesOf(identity: WrittenIdentity): readonly Template[] {
  if (identity.kind === "key") return [];
  if (identity.kind !== "certificate") return [identity.name];
  if (identity.is.kind === "fingerprint") return [];
  return identity.is.kind === "san" ? [identity.is.value] : identity.is.pairs.map(({ value }) => value);
}

export function variablesOf(identity: WrittenIdentity): readonly string[] {
  return [...new Set(templatesOf(identity).flatMap(({ variables }) => variables))];
}

/** With every variable filled in; `undefined` if a value is missing. */
export function fillIdentity(identity: WrittenIdentity, values: Values): Identity | undefined {
  if (variablesOf(identity).some((name) => !values.has(name))) return undefined;
  return identityOf(identity, (template) => fillTemplate(template, values) ?? template.text);
}

/** As written: `ci-{app}`. */
export function showIdentity(identity: WrittenIdentity): Identity {
  return identityOf(identity, ({ text }) => text);
}

function identityOf(identity: WrittenIdentity, write: (template: Template) => string): Identity {
  switch (identity.kind) {
    case "key":
      return identity;
    case "certificate":
      return { kind: "certificate", anchor: identity.anchor, is: certificateOf(identity.is, write) };
    case "keyless":
    case "oidc": {
      const ids = Object.entries(identity.ids).map(([name, id]) => ` ${name}=${id}`);
      return { kind: identity.kind, text: `${identity.issuer} ${write(identity.name)}${ids.join("")}` };
    }
  }
}

function certificateOf(is: Written, write: (template: Template) => string): Extract<Identity, { kind: "certificate" }>["is"] {
  switch (is.kind) {
    case "subject":
      return { kind: "subject", pairs: is.pairs.map(({ type, value }) => ({ type, value: write(value) })) };
    case "san":
      return { kind: "san", type: is.type, value: write(is.value) };
    case "fingerprint":
      return is;
  }
}

/** False only if nobody can be known by both, whatever the variables stand for. */
export function mayBeSame(a: WrittenIdentity, b: WrittenIdentity): boolean {
  if (a.kind === "key" && b.kind === "key") return a.fingerprint === b.fingerprint;
  if (a.kind === "certificate" && b.kind === "certificate") {
    // One certificate is one, whatever it leads to; a name is another under another anchor.
    if (a.is.kind === "fingerprint" && b.is.kind === "fingerprint") return a.is.sha256 === b.is.sha256;
    return a.anchor.name === b.anchor.name && a.anchor.type === b.anchor.type && mayBeSameName(a.is, b.is);
  }
  if ((a.kind === "keyless" && b.kind === "keyless") || (a.kind === "oidc" && b.kind === "oidc")) {
    const differ = Object.keys(a.ids).some((name) => b.ids[name] !== undefined && b.ids[name] !== a.ids[name]);
    return a.issuer === b.issuer && !differ && overlaps(a.name, b.name);
  }
  return false;
}

function mayBeSameName(a: Written, b: Written): boolean {
  if (a.kind === "san" && b.kind === "san") return a.type === b.type && overlaps(a.value, b.value);
  if (a.kind !== "subject" || b.kind !== "subject" || a.pairs.length !== b.pairs.length) return false;
  return isCovered(a.pairs, b.pairs) && isCovered(b.pairs, a.pairs);
}

/** From the last pair on: it is mostly the common name, in which names differ. */
function isCovered(pairs: readonly TemplatePair[], others: readonly TemplatePair[]): boolean {
  for (let at = pairs.length - 1; at >= 0; at -= 1) {
    const pair = pairs[at];
    if (pair !== undefined && !others.some(({ type, value }) => type === pair.type && overlaps(value, pair.value))) return false;
  }
  return true;
}
