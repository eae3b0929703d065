/** Who may sign policies, and do what else others believe. */
import type { Identity, Member, NamePair } from "../../core/policy.ts";
import { formatStore } from "../../core/trust-source.ts";
import { readEach } from "../countersign/complaints.ts";
import { fillIdentity, mayBeSame } from "../countersign/identity.ts";
import type { ObjectShape } from "../countersign/field.ts";
import type { Place } from "../countersign/place.ts";
import type { ReadFile } from "../countersign/public-key.ts";
import { type PlacedIdentity, readIdentity, refuseBareName } from "../countersign/read-identity.ts";
import { VERIFIER_OBJECTS as OBJECTS } from "./fields.ts";
import type { PromoterRole, Verifier } from "./verifier.ts";

interface Signer {
  readonly place: Place;
  readonly identities: readonly PlacedIdentity[];
}

const ROLES = ["policySigners", "revokers", "publishers", "promoters", "summaryIssuers"] as const;

/** Those of the roles that are given. */
export type Roles = Pick<Verifier, (typeof ROLES)[number]>;

export function readRoles(place: Place, readFile: ReadFile): Roles {
  const { roles } = place.object<{ roles: Roles }>(OBJECTS.roles, (fields) => ({
    roles: () => {
      const found = fields.all(ROLES);
      if (found.length === 0) return place.refuse(`has none of ${ROLES.join(", ")}`, `write ${OBJECTS.roles.example}`);
      return Object.fromEntries(readEach(found, ({ name, value }) => [name, readRole(value, { shape: OBJECTS[name], readFile })]));
    },
  }));
  return roles;
}

function readRole(place: Place, { shape, readFile }: { readonly shape: ObjectShape; readonly readFile: ReadFile }): PromoterRole {
  const { by, atLeast, trustRecords } = place.object<{
    by: readonly Signer[];
    atLeast: Place | undefined;
    trustRecords: boolean | undefined;
  }>(shape, (fields) => ({
    by: () =>
      readEach(fields.required("by").list("a list of signers", `[ ${OBJECTS.policySigner.example} ]`), (item) =>
        readSigner(item, readFile),
      ),
    atLeast: () => fields.optional("atLeast"),
    trustRecords: () => fields.optional("trustRecords")?.flag(),
  }));
  refuseSameTwice(by);
  const count = atLeast?.count() ?? 1;
  if (count > by.length) atLeast?.refuse(`is ${count}, and there are ${by.length} signers`, `write ${by.length}, or name more of them`);
  return { members: by.map(toMember), atLeast: count, ...(trustRecords === true ? { trustRecords } : {}) };
}

function readSigner(place: Place, readFile: ReadFile): Signer {
  refuseBareName(place);
  const { identities } = place.object<{ identities: readonly PlacedIdentity[] }>(OBJECTS.policySigner, (fields) => ({
    identities: () => {
      const found = fields.all(["certificate", "key"]);
      if (found.length === 0) return place.refuse("says nothing of how the signer is known", `write ${OBJECTS.policySigner.example}`);
      // What is warned of in a policy (keyless, oidc) cannot stand here.
      return readEach(found, ({ name, value }) => readIdentity(name, value, { readFile, warn: () => undefined }));
    },
  }));
  return { place, identities };
}

/** Whoever is there twice would be counted twice. */
function refuseSameTwice(signers: readonly Signer[]): void {
  const earlier: PlacedIdentity[] = [];
  for (const { identities } of signers) {
    for (const { identity, place } of identities) {
      const same = earlier.find((other) => mayBeSame(other.identity, identity));
      if (same !== undefined) place.refuse(`is the same as ${same.place.member}, and would be counted twice`, "write each signer once");
    }
    earlier.push(...identities);
  }
}

function toMember({ identities }: Signer): Member {
  const filled = identities.map(({ identity, place }) => {
    const { member } = place;
    return fillIdentity(identity, new Map()) ?? place.refuse("has a variable, and no product fills it in", `write the whole of ${member}`);
  });
  // A policy signer signs policies, of which there is no product.
  return { name: filled.map(nameOf).join(" or "), kind: "person", identities: filled, isOfProduct: true };
}

function nameOf(identity: Identity): string {
  switch (identity.kind) {
    case "key":
      return identity.fingerprint;
    case "certificate":
      return `${nameOfCertificate(identity.is)} (${formatStore(identity.anchor)})`;
    case "keyless":
    case "oidc":
      return identity.text;
  }
}

function nameOfCertificate(is: Extract<Identity, { kind: "certificate" }>["is"]): string {
  switch (is.kind) {
    case "subject":
      return nameOfPairs(is.pairs);
    case "san":
      return `${is.type}:${is.value}`;
    case "fingerprint":
      return `sha256:${is.sha256}`;
  }
}

/** As most certificates have them, read from the last; the order in the document means nothing. */
const ORDER = ["CN", "OU", "O", "L", "ST", "C"];

/** The way that names of certificates are written: `CN=Ana,O=Acme,C=US`. */
function nameOfPairs(pairs: readonly NamePair[]): string {
  return pairs
    .toSorted((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type))
    .map(({ type, value }) => `${type}=${value.replace(/["+,;<>\\]/g, String.raw`\$&`)}`)
    .join(",");
}
