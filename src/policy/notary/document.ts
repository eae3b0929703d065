/** The Notary Project's trust policy for OCI artifacts (`trustpolicy.json`), version 1.0, as the engine's policy. */
import { digestOf } from "../../core/digest.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { IdentityRule, Policy, Selection, SignatureRules } from "../../core/policy.ts";
import type { TrustStoreName } from "../../core/trust-source.ts";
import { decodeJson } from "../../encoding/json.ts";
import { actionsOf, type Level, LEVELS, type NotaryActions, OVERRIDES } from "./levels.ts";
import { outlineOf, selectAlone } from "../one-gate.ts";
import { parseTrustStoreName } from "../trust-store-name.ts";
import { Members, refusePolicy } from "./members.ts";
import { parseRegistryScope, whyUnreachable } from "./registry-scopes.ts";
import { parseTrustedIdentities } from "./trusted-identities.ts";

const DOCUMENT = ["version", "trustPolicies"];
const STATEMENT = ["name", "registryScopes", "signatureVerification", "trustStores", "trustedIdentities"];
const VERIFICATION = ["level", "override", "verifyTimestamp"];
const LEVEL_NAMES = Object.keys(LEVELS) as readonly Level[];

/**
 * Reads and checks the whole document: a policy with one wrong statement judges nothing.
 * Throws `CountersignError` `policy/invalid` with the path to the member. Source: Notary trust-store-trust-policy specification 1.1.
 */
export function decodeNotaryPolicy(bytes: Uint8Array, options: { readonly source: string }): Policy {
  const warnings: string[] = [];
  const document = new Members(decodeDocument(bytes, options.source), DOCUMENT, { source: options.source, path: "", warnings });
  const version = document.oneOf("version", ["1.0"]);
  const gates = decodeStatements(document);
  return {
    form: "notary",
    name: options.source,
    version,
    digest: digestOf(bytes),
    trust: "unpinned",
    warnings,
    gates: [...new Set(gates.values())].map(({ name, rules }) => outlineOf(name, rules, placesOf(gates, name))),
    acceptsPaths: true,
    select: (repository, asked) => select(gates, repository, asked),
  };
}

/** One statement: it is the gate of its repositories. */
interface Statement {
  readonly name: string;
  /** `undefined` at level skip. */
  readonly rules: SignatureRules | undefined;
}

/** An exact scope wins over "*". Source: the same, "Selecting a trust policy based on artifact URI". */
function select(statements: ReadonlyMap<string, Statement>, repository: string, asked: string | undefined): Selection {
  const statement = statements.get(repository) ?? statements.get("*");
  if (statement === undefined) {
    return {
      kind: "not-listed",
      message: `no statement of the policy is for "${repository}"`,
      remedy: `Add "${repository}" to the registryScopes of a statement, if images from there may be used.`,
    };
  }
  const { name } = statement;
  if (asked !== undefined && asked !== name) {
    return { kind: "gate-wanted", message: `its statement in the policy is "${name}", and not "${asked}"`, choices: [name] };
  }
  return selectAlone(name, statement.rules);
}

function placesOf(statements: ReadonlyMap<string, Statement>, name: string): readonly string[] {
  return [...statements].filter(([, statement]) => statement.name === name).map(([place]) => place);
}

function decodeDocument(bytes: Uint8Array, source: string): unknown {
  try {
    return decodeJson(bytes, { maxBytes: LIMITS.policyBytes });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw refusePolicy(source, "it is not strict JSON", { cause: error });
  }
}

/** Gates by scope. Names and scopes occur once in the document, so which statement judges an image is never a matter of order. */
function decodeStatements(document: Members): ReadonlyMap<string, Statement> {
  const statements = document.children("trustPolicies", STATEMENT);
  if (statements.length === 0) document.refuse("trustPolicies", "is missing or empty, and must hold at least one statement");
  const names = new Map<string, string>();
  const places = new Map<string, string>();
  const gates = new Map<string, Statement>();
  for (const statement of statements) {
    const gate = decodeStatement(statement);
    const same = names.get(gate.name);
    if (same !== undefined) statement.refuse("name", `is "${gate.name}", and so is that of ${same}; names must differ`);
    names.set(gate.name, statement.at(""));
    for (const { scope, member } of decodeScopes(statement)) {
      const place = places.get(scope);
      if (place !== undefined) statement.refuse(member, `is "${scope}", and so is ${place}; a scope may occur once`);
      places.set(scope, statement.at(member));
      gates.set(scope, gate);
      if (scope === "*") warnAboutEveryone(statement, gate);
    }
  }
  return gates;
}

function decodeScopes(statement: Members): readonly { readonly scope: string; readonly member: string }[] {
  const texts = statement.texts("registryScopes");
  if (texts.length === 0) statement.refuse("registryScopes", "is missing or empty, and must name repositories, or *");
  if (texts.length > 1 && texts.includes("*")) {
    statement.refuse(`registryScopes[${texts.indexOf("*")}]`, 'is "*", which stands alone or not at all');
  }
  return texts.map((text, index) => {
    const member = `registryScopes[${index}]`;
    const scope = parseRegistryScope(text, (state) => statement.refuse(member, state));
    const unreachable = whyUnreachable(scope);
    if (unreachable !== undefined) statement.warn(member, `is "${text}" and ${unreachable}`);
    return { scope, member };
  });
}

function decodeStatement(statement: Members): Statement {
  const name = statement.text("name");
  const verification = statement.child("signatureVerification", VERIFICATION);
  const level = verification.oneOf("level", LEVEL_NAMES);
  const notary = overrideActions(verification, level);
  const verifyTimestamp = verification.has("verifyTimestamp")
    ? verification.oneOf("verifyTimestamp", ["always", "afterCertExpiry"])
    : "always";
  if (level === "skip") {
    for (const member of ["trustStores", "trustedIdentities"]) {
      if (statement.list(member).length > 0)
        statement.refuse(member, "must not be there, because the level is skip and nothing is verified");
    }
    return { name, rules: undefined };
  }
  const rules: SignatureRules = {
    actions: actionsOf(notary),
    trustStores: decodeTrustStores(statement),
    signers: { kind: "identities", identities: decodeIdentities(statement) },
    verifyTimestamp,
  };
  if (notary.authenticity === "log") {
    verification.warn("", "only logs authenticity: a signature that anyone made for himself lets an image pass");
  }
  return { name, rules };
}

function overrideActions(verification: Members, level: Level): NotaryActions {
  const base: NotaryActions = LEVELS[level];
  if (!verification.has("override")) return base;
  const override = verification.child("override", undefined);
  const names = override.names();
  if (level === "skip" && names.length > 0) verification.refuse("override", "must not be there, because the level is skip");
  const actions = { ...base };
  const known = Object.keys(OVERRIDES) as readonly (keyof typeof OVERRIDES)[];
  for (const name of names) {
    const check = known.find((entry) => entry === name);
    if (check === undefined) return override.refuse(name, `cannot be overridden; allowed: ${known.join(", ")}`);
    actions[check] = override.oneOf(check, OVERRIDES[check]);
  }
  return actions;
}

function decodeTrustStores(statement: Members): readonly TrustStoreName[] {
  const texts = statement.texts("trustStores");
  if (texts.length === 0) statement.refuse("trustStores", "is missing or empty, and must name a trust store such as ca:acme");
  const stores = texts.map((text, index) =>
    parseTrustStoreName(text, (state) => statement.refuse(`trustStores[${index}]`, `is wrong: ${state}`)),
  );
  if (!stores.some(({ type }) => type !== "tsa")) {
    statement.warn("trustStores", "names only timestamp authorities: without a ca or signingAuthority store no signer is accepted");
  }
  // notation accepts a store that is named twice, and reads it once.
  return stores.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
}

function decodeIdentities(statement: Members): readonly IdentityRule[] {
  const texts = statement.texts("trustedIdentities");
  if (texts.length === 0)
    statement.refuse("trustedIdentities", 'is missing or empty, and must name a signer such as "x509.subject: C=US, ST=WA, O=Acme"');
  return parseTrustedIdentities(texts, {
    refuse: (index, state) => statement.refuse(`trustedIdentities[${index}]`, state),
    warn: (index, state) => statement.warn(`trustedIdentities[${index}]`, state),
  });
}

/** The specification forbids skip for every image; notation's own suite uses it, so it is accepted, and said loudly. */
function warnAboutEveryone(statement: Members, gate: Statement): void {
  if (gate.rules !== undefined) return;
  statement.warn("", `("${gate.name}") LETS EVERY IMAGE PASS that no other statement names: level skip with scope * verifies nothing`);
}
