/** How somebody is known, as the document writes it: texts with variables that a product fills in. */
import type { Identity } from "../../core/policy.ts";
import type { TrustStoreName } from "../../core/trust-source.ts";
import { mayBeSameSubject, type Pair, type WrittenSubject } from "./subject.ts";
import { fillTemplate, overlaps, type Template, type Values } from "./template.ts";

type Names<Text> =
  | { readonly kind: "subject"; readonly pairs: readonly Pair<Text>[] }
  | { readonly kind: "san"; readonly type: "dns" | "uri" | "email"; readonly value: Text }
  | { readonly kind: "fingerprint"; readonly sha256: string };

type Written = Exclude<Names<Template>, { kind: "subject" }> | WrittenSubject;

export type WrittenIdentity =
  | { readonly kind: "certificate"; readonly anchor: TrustStoreName; readonly is: Written }
  | { readonly kind: "key"; readonly fingerprint: string; readonly publicKey?: Uint8Array }
  | {
      readonly kind: "keyless" | "oidc";
      readonly issuer: string;
      readonly name: Template;
      /** Numbers that are given to nobody else: `repositoryId` and `ownerId`. */
      readonly ids: Readonly<Record<string, string>>;
    };

/** All texts that may hold variables. */
function templatesOf(identity: WrittenIdentity): readonly Template[] {
  switch (identity.kind) {
    case "key":
      return [];
    case "certificate":
      return textsOf(identity.is);
    case "keyless":
    case "oidc":
      return [identity.name];
  }
}

function textsOf<Text>(is: Names<Text>): readonly Text[] {
  switch (is.kind) {
    case "subject":
      return is.pairs.map(({ value }) => value);
    case "san":
      return [is.value];
    case "fingerprint":
      return [];
  }
}

export function variablesOf(identity: WrittenIdentity): readonly string[] {
  return [...new Set(templatesOf(identity).flatMap(({ variables }) => variables))];
}

interface WithVariables {
  readonly variables: readonly string[];
}

/** The same of one that is shown with its variables as written. */
export function variablesIn(identity: Identity): WithVariables {
  return { variables: shownTexts(identity).flatMap((text) => [...text.matchAll(/\{([^}]*)\}/g)].map(([, name = ""]) => name)) };
}

function shownTexts(identity: Identity): readonly string[] {
  switch (identity.kind) {
    case "key":
      return [];
    case "certificate":
      return textsOf(identity.is);
    case "keyless":
    case "oidc":
      return [identity.text];
  }
}

/** A variable that the identity does not hold, so that it is one and the same for all values of it. */
export function missingVariable({ variables }: WithVariables, wanted: readonly string[]): string | undefined {
  return wanted.find((name) => !variables.includes(name));
}

/** Whether whoever is known so is somebody else for each value of the variables. */
export function isOneEach(identities: readonly WithVariables[], wanted: readonly string[]): boolean {
  return identities.every((identity) => missingVariable(identity, wanted) === undefined);
}

/** With every variable filled in; `undefined` if a value is missing. */
export function fillIdentity(identity: WrittenIdentity, values: Values): Identity | undefined {
  if (variablesOf(identity).some((name) => !values.has(name))) return undefined;
  return identityOf(identity, (template) => fillTemplate(template, values) ?? template.text);
}

/** As written: `ci-{app}`; a key is the same however the document has it. */
export function showIdentity(identity: WrittenIdentity): Identity {
  if (identity.kind === "key") return { kind: "key", fingerprint: identity.fingerprint };
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
  switch (a.kind) {
    case "key":
      return b.kind === "key" && a.fingerprint === b.fingerprint;
    case "certificate":
      return b.kind === "certificate" && mayBeSameCertificate(a, b);
    case "keyless":
    case "oidc":
      return (b.kind === "keyless" || b.kind === "oidc") && a.kind === b.kind && mayBeSameAccount(a, b);
  }
}

type Certified = Extract<WrittenIdentity, { kind: "certificate" }>;
type Account = Extract<WrittenIdentity, { kind: "keyless" | "oidc" }>;

function mayBeSameCertificate({ anchor: a, is }: Certified, { anchor: b, is: other }: Certified): boolean {
  // One certificate is one, whatever it leads to; a name is another under another anchor.
  if (is.kind === "fingerprint") return other.kind === "fingerprint" && is.sha256 === other.sha256;
  return a.name === b.name && a.type === b.type && mayBeSameName(is, other);
}

function mayBeSameAccount(a: Account, b: Account): boolean {
  const differ = Object.keys(a.ids).some((name) => b.ids[name] !== undefined && b.ids[name] !== a.ids[name]);
  return a.issuer === b.issuer && !differ && overlaps(a.name, b.name);
}

function mayBeSameName(a: Exclude<Written, { kind: "fingerprint" }>, b: Written): boolean {
  switch (a.kind) {
    case "san":
      return b.kind === "san" && a.type === b.type && overlaps(a.value, b.value);
    case "subject":
      return b.kind === "subject" && mayBeSameSubject(a, b);
  }
}
