/** Reads identities: exact ones only, and of a certificate all that names it. */
import type { TrustStoreName } from "../../core/trust-source.ts";
import { parseTrustStoreName } from "../trust-store-name.ts";
import { OBJECTS } from "./fields.ts";
import { variablesOf, type WrittenIdentity } from "./identity.ts";
import { namedEntries } from "./name.ts";
import { nearestName } from "../nearest.ts";
import { type Fields, type Place, quote } from "./place.ts";
import { type KeySurroundings, readHex, readKey } from "./public-key.ts";
import { findRepeated } from "./repeated.ts";
import { type WrittenSubject, writtenSubject } from "./subject.ts";
import { parseTemplate, type Template } from "./template.ts";

export const IDENTITY_FIELDS = ["certificate", "key", "keyless", "oidc"] as const;

export interface Surroundings extends KeySurroundings {
  readonly warn: (place: Place, state: string) => void;
}

/** An identity and the field that holds it. */
export interface PlacedIdentity {
  readonly identity: WrittenIdentity;
  readonly place: Place;
  /** Names of the variables in it. */
  readonly variables: readonly string[];
}

export function readIdentity(kind: (typeof IDENTITY_FIELDS)[number], place: Place, around: Surroundings): PlacedIdentity {
  const identity = readKind(kind, place, around);
  return { identity, place, variables: variablesOf(identity) };
}

function readKind(kind: (typeof IDENTITY_FIELDS)[number], place: Place, around: Surroundings): WrittenIdentity {
  switch (kind) {
    case "certificate":
      return readCertificate(place);
    case "key":
      return { kind, ...readKey(place, around) };
    case "keyless":
      return readKeyless(place, around);
    case "oidc":
      return readOidc(place, around);
  }
}

/** Somebody who is named by a text alone: it says neither who vouches for the name nor of what kind it is. */
export function refuseBareName(place: Place): void {
  if (place.kind !== "text") return;
  const text = place.text("");
  if (text.includes("@")) {
    place.refuse(
      `is ${quote(text)}, a bare mail, which anyone could claim`,
      'write who vouches for it: { certificate: { anchor: ca:NAME, san: { email: … } } }, or { oidc: { issuer: "https://…", subject: "…" } }',
    );
  }
  if (/^[A-Za-z.0-9]+\s*=/.test(text)) {
    place.refuse(`is ${quote(text)}, a name in one text`, `write { certificate: { anchor: ca:NAME, subject: ${pairsHint(text)} } }`);
  }
}

/** What a name in one text would be as a map; a guess, for a remedy. */
function pairsHint(text: string): string {
  const pairs = text.split(/[,;/]/).map((pair) => /^([A-Za-z.0-9]+)\s*=\s*([\w .-]+)$/.exec(pair.trim()));
  if (pairs.length === 0 || pairs.some((pair) => pair === null)) return "{ CN: …, O: …, C: … }";
  return `{ ${pairs.map((pair) => `${pair?.[1]}: ${pair?.[2]?.trim()}`).join(", ")} }`;
}

function readCertificate(place: Place): WrittenIdentity {
  refuseBareName(place);
  const { anchor, is } = place.object<Omit<Extract<WrittenIdentity, { kind: "certificate" }>, "kind">>(OBJECTS.certificate, (fields) => ({
    anchor: () => readAnchor(fields.required("anchor")),
    is: () => {
      const { name, value } = fields.only(["subject", "san", "fingerprint"]);
      if (name === "fingerprint") return { kind: name, sha256: readHex(value) };
      return name === "san" ? readAlternativeName(value) : readSubject(value);
    },
  }));
  return { kind: "certificate", anchor, is };
}

function readAnchor(place: Place): TrustStoreName {
  const store = parseTrustStoreName(place.text("ca:acme"), (state) =>
    place.refuse(`is wrong: ${state}`, "write ca:NAME; countersign trust list shows the stores"),
  );
  if (store.type !== "tsa") return store;
  return place.refuse(
    "is a store of timestamp authorities, which vouch for times and for nobody's name",
    "write ca:NAME or signingAuthority:NAME",
  );
}

/** Short names as `pki` gives them to the types that it knows; any other type is written as its identifier. */
const SUBJECT_TYPES = ["C", "CN", "DC", "GN", "L", "O", "OU", "POSTALCODE", "SERIALNUMBER", "SN", "ST", "STREET", "UID"];
const SUBJECT = "{ CN: ci, O: Acme, C: US }";

function readSubject(place: Place): WrittenSubject {
  if (place.kind === "text") {
    return place.refuse(
      `is ${quote(place.text(SUBJECT))}, a name in one text, which can be read in several ways`,
      `write it as data: ${pairsHint(place.text(SUBJECT))}`,
    );
  }
  const pairs = namedEntries(place, SUBJECT).flatMap(({ name: type, key, value }) => {
    if (!SUBJECT_TYPES.includes(type) && !/^[0-2](\.[0-9]+)+$/.test(type)) {
      const meant = type === "S" ? "ST" : (nearestName(type, SUBJECT_TYPES) ?? SUBJECT_TYPES.find((known) => known === type.toUpperCase()));
      const remedy = `${meant === undefined ? "" : `write ${meant}; `}types are ${SUBJECT_TYPES.join(", ")}, or an identifier such as 2.5.4.97`;
      return key.refuse("is no type of a name", remedy);
    }
    const values = value.listOrOne("text, or a list of texts", "Acme").map((item) => ({ type, value: readTemplate(item, "Acme") }));
    const twice = findRepeated(values, (pair) => pair.value.text);
    if (twice !== undefined) return value.refuse(`has ${quote(twice.value.text)} twice`, "write each value once");
    // Names are compared in any order, so a certificate for shop/api would be one for api/shop too.
    const varying = values.filter((pair) => pair.value.variables.length > 0);
    return varying.length < 2
      ? values
      : value.refuse("has variables in two of its values, and which is which is not told", "write them into one value, or into two types");
  });
  return writtenSubject(pairs);
}

const ALTERNATIVES = {
  dns: {
    form: /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/,
    example: "a host name in lower case, without a wildcard: ci.acme.io",
  },
  uri: { form: /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/, example: "a URI with its scheme: spiffe://acme.io/ci" },
  email: { form: /^[^@\s]+@[^@\s]+$/, example: "a mail address: ci@acme.io" },
} as const;

function readAlternativeName(place: Place): Extract<Extract<WrittenIdentity, { kind: "certificate" }>["is"], { kind: "san" }> {
  return place.object<{ san: Extract<Extract<WrittenIdentity, { kind: "certificate" }>["is"], { kind: "san" }> }>(
    OBJECTS.san,
    (fields) => ({
      san: () => {
        const { name: type, value: written } = fields.only(["dns", "uri", "email"]);
        const { form, example } = ALTERNATIVES[type];
        const value = readTemplate(written, example);
        if (form.test(value.text.replaceAll(/\{[^}]*\}/g, "x"))) return { kind: "san", type, value };
        return written.refuse(`is ${quote(value.text)}, which no certificate has as a ${type} name`, `write ${example}`);
      },
    }),
  ).san;
}

function readTemplate(place: Place, example: string): Template {
  return parseTemplate(place.text(example), (state) =>
    place.refuse(state, "write a variable as {app}, or as {path...} where it stands for several segments"),
  );
}

function readKeyless(place: Place, { warn }: Surroundings): WrittenIdentity {
  refuseBareName(place);
  const { ids, ...rest } = place.object<{ issuer: string; name: Template; ids: Readonly<Record<string, string>> }>(
    OBJECTS.keyless,
    (fields) => ({
      issuer: () => readIssuer(fields),
      name: () => readTemplate(fields.required("identity"), "the certificate's alternative name"),
      ids: () => readIds(fields),
    }),
  );
  if (/^https:\/\/(token\.actions\.githubusercontent\.com|gitlab\.com)$/.test(rest.issuer) && Object.keys(ids).length < 2) {
    warn(place, "names a repository without its repositoryId and ownerId: whoever is given its name later is taken for it");
  }
  warn(place, "matches nothing in this version of Countersign: keyless signatures are not read yet");
  return { kind: "keyless", ...rest, ids };
}

function readOidc(place: Place, { warn }: Surroundings): WrittenIdentity {
  refuseBareName(place);
  const { issuer, name } = place.object<{ issuer: string; name: Template }>(OBJECTS.oidc, (fields) => ({
    issuer: () => readIssuer(fields),
    name: () => readTemplate(fields.required("subject"), "the sub of its tokens"),
  }));
  if (/[@/]/.test(name.text)) {
    warn(
      place,
      `has the subject ${quote(name.text)}, which looks like a mail address or a repository: such names are given to others in time`,
    );
  }
  warn(place, "matches nothing in this version of Countersign: OIDC identities are not read yet");
  return { kind: "oidc", issuer, name, ids: {} };
}

function readIssuer(fields: Fields): string {
  const place = fields.required("issuer");
  const text = place.text("https://login.acme.io");
  if (/^https:\/\/[^\s{}]+$/.test(text) && URL.canParse(text)) return text;
  return place.refuse(
    `is ${quote(text)}, and must be a URL with https, without a variable`,
    'write the iss of its tokens: "https://login.acme.io"',
  );
}

function readIds(fields: Fields): Readonly<Record<string, string>> {
  const ids = fields.all(["ownerId", "repositoryId"]).map(({ name, value }) => {
    const text = value.text('"123"');
    return /^[0-9]+$/.test(text) ? [name, text] : value.refuse(`is ${quote(text)}, and must be a number in quotes`, 'write it as "123"');
  });
  return Object.fromEntries(ids) as Record<string, string>;
}
