import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import * as openpgp from "openpgp";
import { POLICY, policyWith } from "../../../tests/fixtures/countersign-policy.ts";
import { CountersignError } from "../../core/errors.ts";
import { decodePolicy } from "./document.ts";

/** The complaint is expected where the mark stands; it is taken out first. */
const MARK = "¦";

const PUBLIC_KEY = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString();
const PRIVATE_KEY = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const [PGP_KEY, TWO_PGP_KEYS, PGP_PRIVATE_KEY] = await pgpKeys();
const FILES: Readonly<Record<string, string>> = {
  "keys/ci.pub": PUBLIC_KEY,
  "keys/ci.key": PRIVATE_KEY,
  "keys/none.pub": "nothing",
  "keys/ana.asc": PGP_KEY,
  "keys/both.asc": TWO_PGP_KEYS,
  "keys/ana.key": PGP_PRIVATE_KEY,
};

function block(bytes: Uint8Array): string {
  return `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${Buffer.from(bytes).toString("base64")}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
}

/** One in armour, two in one block, and a private one that says it is public. */
async function pgpKeys(): Promise<readonly [string, string, string]> {
  const { publicKey, privateKey } = await openpgp.generateKey({ userIDs: [{ name: "Ana" }], format: "object" });
  return [block(publicKey.write()), block(Buffer.concat([publicKey.write(), publicKey.write()])), block(privateKey.write())];
}

type Row = readonly [fault: string, text: string, member: string, state: RegExp, remedy: RegExp];

const CI = '{ certificate: { anchor: "ca:acme", subject: { CN: "ci-{app}", O: Acme, C: US } } }';
const ANA = '{ certificate: { anchor: "ca:acme", subject: { CN: Ana, O: Acme, C: US } } }';
const SHARED: readonly [string, string] = ["\ngates:", "\nsharedSigner: true\ngates:"];

function change(from: string, to: string): string {
  return policyWith([from, to]);
}

/** With another identity for the machine. */
function ci(identity: string): string {
  return policyWith([CI, identity], SHARED);
}

/** With more products, for which the machine signs too. */
function withProducts(products: string): string {
  return policyWith(["people:\n", `${products}people:\n`], ['"ci-{app}"', "ci"], SHARED);
}

const KEY = `SHA256:${"A".repeat(43)}`;

function said(person: string, member: string): readonly [from: string, to: string] {
  return [person, person.replace("{ certificate", `{ ${member}, certificate`)];
}

/** With more said of a person. */
function withPerson(member: string): string {
  return policyWith(said(ANA, member));
}

/** The same of two; the mark stands at the second. */
function withBoth(member: string): string {
  return policyWith(said(ANA, member.replace("¦", "")), said(ANA.replace("Ana", "Bo"), member));
}

function forges(github: string): readonly [from: string, to: string] {
  return ["\ngates:", `\nforges:\n  github: ${github}\ngates:`];
}

function withForge(github: string): string {
  return policyWith(forges(github));
}

function certificate(members: string): string {
  return ci(`{ certificate: { ${members} } }`);
}

function subject(pairs: string): string {
  return certificate(`anchor: ca:acme, subject: ${pairs}`);
}

function key(file: string, sha256: string): string {
  return ci(`{ key: { file: ${file}, sha256: ${sha256} } }`);
}

function digest(path: string): string {
  return createHash("sha256")
    .update(FILES[path] ?? "")
    .digest("hex");
}

const BUILD = "{ needs: [ { signature: { by: ci } } ] }";
const PROD = "{ after: build, needs: [ { signature: { by: release, atLeast: 2 } } ] }";
const PLACES = '{ build: "ghcr.io/acme/{app}", prod: "registry.acme.io/{app}" }';

const ROWS: readonly Row[] = [
  // the document
  ["an empty document", "¦", "the document", /is empty, and must be a map, as a policy is/, /write apiVersion: countersign\.dev\/v1/],
  ["a list", "¦- a", "the document", /is a list/, /write apiVersion/],
  ["not YAML", change("version: 1", "¦version: 1").replace("name: shop", "name: [shop"), "the document", /cannot be read/, /correct it/],
  ["a key twice", change("version: 1", "version: 1\n¦version: 2"), "the document", /"version" stands twice/, /correct it/],
  ["an alias", change("name: shop", "name: ¦&a shop"), "the document", /anchors and aliases are not read/, /correct it/],
  ["a tag", change("name: shop", "name: ¦!x shop"), "the document", /tag/, /correct it/],
  ["a second document", `${POLICY}¦---\nkind: Policy\n`, "the document", /second document/, /correct it/],
  [
    "another kind of document",
    change("kind: Policy", "kind: ¦Verifier\nroles: {}"),
    "kind",
    /is "Verifier", and must be Policy/,
    /write Policy/,
  ],
  ["no kind", `¦${change("kind: Policy\n", "")}`, "the document", /has no kind, which a policy needs/, /kind: Policy/],
  ["no apiVersion", `¦${change("apiVersion: countersign.dev/v1\n", "")}`, "the document", /has no apiVersion/, /countersign\.dev\/v1/],
  [
    "another apiVersion",
    change("countersign.dev/v1", "¦countersign.dev/v2"),
    "apiVersion",
    /is "countersign\.dev\/v2", and must be/,
    /countersign\.dev\/v1/,
  ],
  ["no name", `¦${change("name: shop\n", "")}`, "the document", /has no name/, /name, version/],
  ["a name that is a number", change("name: shop", "name: ¦123"), "name", /is the number 123, and must be text/, /quote it: "123"/],
  ["a name that is true", change("name: shop", "name: ¦true"), "name", /is the boolean true/, /quote it: "true"/],
  ["an empty name", change("name: shop", "name: ¦"), "name", /is empty, and must be text/, /write shop/],
  ["a name with a slash", change("name: shop", "name: ¦a/b"), "name", /has the name "a\/b"/, /letters, digits/],
  ["no version", `¦${change("version: 1\n", "")}`, "the document", /has no version/, /version/],
  ["version 0", change("version: 1", "version: ¦0"), "version", /is 0, and must be a whole number of at least 1/, /write 1, or more/],
  ["version 1.5", change("version: 1", "version: ¦1.5"), "version", /is 1\.5/, /write 1, or more/],
  ["version in quotes", change("version: 1", 'version: ¦"1"'), "version", /is the text "1", and must be a number/, /without quotes: 1/],
  ["version in words", change("version: 1", "version: ¦one"), "version", /is "one", and must be a whole number/, /write 1/],
  ["previous that is no digest", change("version: 1", "version: 1\nprevious: ¦sha256:12"), "previous", /must be a digest/, /64|digest/],
  [
    "an unknown field",
    change("version: 1", "version: 1\n¦owner: me"),
    "owner",
    /is not a field of a policy$/,
    /a policy has apiVersion, kind/,
  ],
  ["a mistyped field", change("parties:", "¦partys:"), "partys", /did you mean parties\?/, /write parties/],
  ["a field in capitals", change("people:\n", "¦People:\n"), "People", /did you mean people\?/, /write people/],
  ["no rules", change("\ngates:", "\nrules: ¦[]\ngates:"), "rules", /is empty/, /name: office-hours/],
  [
    "sharedSigner in words",
    change("\ngates:", "\nsharedSigner: ¦yes\ngates:"),
    "sharedSigner",
    /is "yes", and must be true or false/,
    /write true/,
  ],
  [
    "sharedSigner of a party",
    change("ci: { certificate:", "ci: { ¦sharedSigner: true, certificate:"),
    "parties.ci.sharedSigner",
    /is not a field of a party$/,
    /move it to the top level of the policy, beside products/,
  ],
  [
    "sharedSigner of a product",
    POLICY.replace(/(  shop\/\{app\}: \{)/, "$1 ¦sharedSigner: true,"),
    'products["shop/{app}"].sharedSigner',
    /is no gate/,
    /move it to the top level of the policy, beside products/,
  ],
  // products
  ["no products", `¦${POLICY.replace(/products:\n.*\n/, "")}`, "the document", /has no products/, /products/],
  ["products that are empty", `${POLICY.replace(/products:\n.*\n/, "products: ¦{}\n")}`, "products", /is empty/, /shop\/\{app\}/],
  ["a product without a repository", change(PLACES, "¦{}"), 'products["shop/{app}"]', /is empty/, /prod:/],
  [
    "a product's name in capitals",
    change("shop/{app}:", "¦Shop/{app}:"),
    'products["Shop/{app}"]',
    /no repository could have/,
    /lower-case/,
  ],
  ["a brace that is no variable", change("shop/{app}:", "¦shop/{app:"), 'products["shop/{app"]', /makes no variable/, /write \{app\}/],
  ["a variable twice", change("shop/{app}:", '¦"{app}/{app}":'), 'products["{app}/{app}"]', /\{app\} twice/, /write \{app\}/],
  ["two variables in a segment", change("shop/{app}:", '¦"{a}-{b}":'), 'products["{a}-{b}"]', /more than one variable/, /\{path\.\.\.\}/],
  [
    "a repository without the variable",
    change("ghcr.io/acme/{app}", "ghcr.io/acme/app").replace('"ghcr', '¦"ghcr'),
    'products["shop/{app}"].build',
    /has no \{app\}/,
    /write \{app\} into it/,
  ],
  [
    "a variable that the name lacks",
    change('"ghcr.io/acme/{app}"', '¦"ghcr.io/{team}/{app}"'),
    'products["shop/{app}"].build',
    /has \{team\}, which the product's name/,
    /shop\/\{app\}\/\{team\}/,
  ],
  [
    "a variable of another width",
    change('"ghcr.io/acme/{app}"', '¦"ghcr.io/acme/{app...}"'),
    'products["shop/{app}"].build',
    /has no \{app\}/,
    /\{app\}/,
  ],
  [
    "a repository with a scheme",
    change('"ghcr.io/acme/{app}"', '¦"https://ghcr.io/acme/{app}"'),
    'products["shop/{app}"].build',
    /has no scheme/,
    /write ghcr\.io\/acme\/\{app\}/,
  ],
  [
    "a repository with a tag",
    change('"ghcr.io/acme/{app}"', '¦"ghcr.io/acme/{app}:1"'),
    'products["shop/{app}"].build',
    /names a tag or digest/,
    /write ghcr\.io\/acme\/\{app\}/,
  ],
  [
    "a repository with a star",
    change('"ghcr.io/acme/{app}"', '¦"ghcr.io/acme/*"'),
    'products["shop/{app}"].build',
    /no pattern with \*/,
    /write ghcr\.io\/acme\/\{app\}/,
  ],
  [
    "a repository in capitals",
    change('"ghcr.io/acme/{app}"', '¦"ghcr.io/Acme/{app}"'),
    'products["shop/{app}"].build',
    /lower case/,
    /write ghcr\.io\/acme\/\{app\}/,
  ],
  [
    "a repository without a host",
    change('"ghcr.io/acme/{app}"', '¦"acme/{app}"'),
    'products["shop/{app}"].build',
    /has no host/,
    /docker\.io\/acme\/\{app\} for Docker Hub/,
  ],
  [
    "a variable for a host",
    change('"ghcr.io/acme/{app}"', '¦"{app}.io/acme"'),
    'products["shop/{app}"].build',
    /host holds a variable/,
    /write the host out/,
  ],
  [
    "a host that is none",
    change('"ghcr.io/acme/{app}"', '¦"ghcr.io:99999/acme/{app}"'),
    'products["shop/{app}"].build',
    /99999 is not a port/,
    /registry\.acme\.io/,
  ],
  [
    "a repository that is none",
    change('"ghcr.io/acme/{app}"', '¦"ghcr.io/acme//{app}"'),
    'products["shop/{app}"].build',
    /it is no repository/,
    /registry\.acme\.io/,
  ],
  [
    "Docker Hub's other name",
    change('"ghcr.io/acme/{app}"', '¦"index.docker.io/acme/{app}"'),
    'products["shop/{app}"].build',
    /written docker\.io/,
    /docker\.io\/acme\/\{app\}/,
  ],
  [
    "Docker Hub without library",
    change('"ghcr.io/acme/{app}"', '¦"docker.io/{app}"'),
    'products["shop/{app}"].build',
    /have a first segment/,
    /docker\.io\/library\/\{app\}/,
  ],
  [
    "a repository that is a number",
    change('"ghcr.io/acme/{app}"', "¦8080"),
    'products["shop/{app}"].build',
    /is the number 8080/,
    /quote it/,
  ],
  [
    "an unknown gate",
    change('{ build: "ghcr', '{ ¦biuld: "ghcr'),
    'products["shop/{app}"].biuld',
    /names the gate "biuld", which the policy does not have/,
    /write build/,
  ],
  [
    "a repository of two products",
    withProducts('  base/{x}: { prod: ¦"registry.acme.io/{x}" }\n'),
    'products["base/{x}"].prod',
    /may be one of "registry\.acme\.io\/\{app\}", of the product "shop\/\{app\}"/,
    /repositories of its own/,
  ],
  [
    "an exact repository among a product's",
    withProducts("  other: { prod: ¦registry.acme.io/api }\n"),
    "products.other.prod",
    /of the product "shop\/\{app\}"/,
    /of its own/,
  ],
  [
    "one repository spelled twice",
    withProducts('  a: { prod: r.example/x }\n  b: { prod: ¦"R.EXAMPLE:443/x" }\n'),
    "products.b.prod",
    /of the product "a"/,
    /of its own/,
  ],
  [
    "one name of two products",
    withProducts("  ¦shop/api: { prod: r.example/x }\n"),
    'products["shop/api"]',
    /may be the same product as "shop\/\{app\}"/,
    /name them/,
  ],
  [
    "a repository that is two of one product",
    change('"registry.acme.io/{app}"', '¦"ghcr.io/acme/{app}-prod"'),
    'products["shop/{app}"].prod',
    /as another "shop\/\{app\}"/,
    /the same repository/,
  ],
  // people and parties
  ["a bare mail", change(ANA, "¦ana@acme.io"), "people.ana", /is "ana@acme\.io", a bare mail/, /san: \{ email:/],
  ["a name in one text", change(ANA, '¦"CN=Ana, O=Acme"'), "people.ana", /a name in one text/, /subject: \{ CN: Ana, O: Acme \}/],
  ["a person who is a number", change(ANA, "¦1"), "people.ana", /is the number 1, and must be a map, as a person is/, /certificate/],
  ["a person without an identity", change(ANA, "¦{}"), "people.ana", /says nothing of how the person is known/, /certificate/],
  ["a person's name with a space", change("  ana:", "  ¦a na:"), 'people["a na"]', /has the name "a na"/, /letters, digits/],
  ["no key for commits", withPerson("git: ¦[]"), "people.ana.git", /is empty/, /ssh: "SHA256/],
  ["a key for commits in one text", withPerson(`git: [ ¦"${KEY}" ]`), "people.ana.git[0]", /is "SHA256:.*must be a map/, /ssh:/],
  [
    "a key for commits that is cut",
    withPerson('git: [ { ssh: ¦"SHA256:1c" } ]'),
    "people.ana.git[0].ssh",
    /no fingerprint/,
    /ssh-keygen -l/,
  ],
  ["a key for commits as base64 pads it", withPerson(`git: [ { ssh: ¦"${KEY}=" } ]`), "people.ana.git[0].ssh", /ends in =/, /SHA256:A+"/],
  ["a key for commits twice", withPerson(`git: [ { ssh: "${KEY}" }, { ssh: ¦"${KEY}" } ]`), "people.ana.git[1].ssh", /twice/, /once/],
  [
    "two keys for commits in one",
    withPerson(`git: [ { ssh: "${KEY}", openpgp: ¦"4A" } ]`),
    "people.ana.git[0].openpgp",
    /stands beside ssh, and a key for commits has one of them/,
    /take one out of ssh, openpgp/,
  ],
  [
    "a fingerprint of OpenPGP",
    withPerson(`git: [ { openpgp: ¦"5DFC 62C2 D675 16DC 41F6  232A 0B19 73A3 4D78 67AB" } ]`),
    "people.ana.git[0].openpgp",
    /is a fingerprint, which .* verifies nothing/,
    /gpg --armor --export/,
  ],
  ["no key of OpenPGP", withPerson("git: [ { openpgp: ¦4A } ]"), "people.ana.git[0].openpgp", /exactly one public key of OpenPGP/, /gpg/],
  [
    "a file that holds no key of OpenPGP",
    withPerson(`git: [ { openpgp: { file: ¦keys/ci.pub, sha256: "${digest("keys/ci.pub")}" } } ]`),
    "people.ana.git[0].openpgp.file",
    /exactly one public key of OpenPGP/,
    /gpg/,
  ],
  [
    "a private key of OpenPGP",
    withPerson(`git: [ { openpgp: { file: ¦keys/ana.key, sha256: "${digest("keys/ana.key")}" } } ]`),
    "people.ana.git[0].openpgp.file",
    /holds a private key/,
    /gpg/,
  ],
  [
    "two keys of OpenPGP in one file",
    withPerson(`git: [ { openpgp: { file: ¦keys/both.asc, sha256: "${digest("keys/both.asc")}" } } ]`),
    "people.ana.git[0].openpgp.file",
    /holds several public keys/,
    /gpg/,
  ],
  [
    "a file of OpenPGP that is another",
    withPerson(`git: [ { openpgp: { file: keys/ana.asc, sha256: ¦"${digest("keys/both.asc")}" } } ]`),
    "people.ana.git[0].openpgp.sha256",
    /is not the digest/,
    new RegExp(digest("keys/ana.asc")),
  ],
  [
    "one key of OpenPGP of two, however it is written",
    policyWith(
      said(ANA, `git: [ { openpgp: ${JSON.stringify(PGP_KEY)} } ]`),
      said(ANA.replace("Ana", "Bo"), `git: [ { openpgp: ¦{ file: keys/ana.asc, sha256: "${digest("keys/ana.asc")}" } } ]`),
    ),
    "people.bo.git[0].openpgp",
    /is that of "ana" too/,
    /whose it is/,
  ],
  ["one key for commits of two", withBoth(`git: [ { ssh: ¦"${KEY}" } ]`), "people.bo.git[0].ssh", /is that of "ana" too/, /whose it is/],
  ["a mail that is none", withPerson("authors: [ ¦ana ]"), "people.ana.authors[0]", /no mail address/, /eva@acme\.io/],
  ["a mail twice", withPerson("authors: [ a@b, ¦a@b ]"), "people.ana.authors[1]", /"a@b" twice/, /once/],
  ["one mail of two", withBoth("authors: [ ¦a@b ]"), "people.bo.authors[0]", /is that of "ana" too/, /whose it is/],
  ["a forge in one text", withForge(`¦"${KEY}"`), "forges.github", /is "SHA256:.*must be a map, as a forge is/, /git: \[/],
  ["a forge without a key", withForge("¦{}"), "forges.github", /has no git/, /git/],
  ["a forge with no key in its list", withForge("{ git: ¦[] }"), "forges.github.git", /is empty/, /ssh: "SHA256/],
  ["a forge that signs for its own", withForge(`{ git: [ { ssh: "${KEY}" } ], ¦authors: [ a@b ] }`), "forges.github.authors", /not/, /git/],
  [
    "a forge by the name of a person",
    policyWith(["\ngates:", `\nforges: { ¦ana: { git: [ { ssh: "${KEY}" } ] } }\ngates:`]),
    "forges.ana",
    /is the name of a person too/,
    /another name/,
  ],
  [
    "a person's key as that of a forge",
    policyWith(said(ANA, `git: [ { ssh: "${KEY}" } ]`), forges(`{ git: [ { ssh: ¦"${KEY}" } ] }`)),
    "forges.github.git[0].ssh",
    /is that of "ana" too/,
    /whose it is/,
  ],
  [
    "a person's key of OpenPGP as that of a forge",
    policyWith(
      said(ANA, `git: [ { openpgp: ${JSON.stringify(PGP_KEY)} } ]`),
      forges(`{ git: [ { openpgp: ¦${JSON.stringify(PGP_KEY)} } ] }`),
    ),
    "forges.github.git[0].openpgp",
    /is that of "ana" too/,
    /whose it is/,
  ],
  [
    "one key of two forges",
    withForge(`{ git: [ { ssh: "${KEY}" } ] }\n  gitlab: { git: [ { ssh: ¦"${KEY}" } ] }`),
    "forges.gitlab.git[0].ssh",
    /is that of "github" too/,
    /whose it is/,
  ],
  [
    "a forge as one who signs",
    policyWith(forges(`{ git: [ { ssh: "${KEY}" } ] }`), ["by: release", "by: ¦github"]),
    "gates.prod.needs[0].signature.by",
    /names "github", which is no party or person/,
    /release/,
  ],
  [
    "a signer who is known by commits alone",
    change(ANA, `{ git: [ { ssh: "${KEY}" } ] }`).replace("by: release", "by: ¦release"),
    "gates.prod.needs[0].signature.by",
    /means ana, who is known by commits alone/,
    /how ana signs/,
  ],
  [
    "a person with a variable",
    change("subject: { CN: Ana,", 'subject: { CN: "{app}", OU: People,').replace("ana: { certificate: {", "ana: { certificate: ¦{"),
    "people.ana.certificate",
    /has \{app\}, and a person is the same one/,
    /own name/,
  ],
  ["a party with nothing", ci("¦{}"), "parties.ci", /has none of people, certificate, key, keyless, oidc/, /people: \[ana, bo\]/],
  [
    "a party with two identities",
    ci(`{ key: ¦"SHA256:${"A".repeat(43)}", ${CI.slice(2)}`),
    "parties.ci.key",
    /stands beside certificate/,
    /take one out/,
  ],
  [
    "a party of people and a machine",
    ci(`{ people: [ana], certificate: ¦${CI.slice(15, -2)} }`),
    "parties.ci.certificate",
    /stands beside people/,
    /take one out/,
  ],
  ["a group with nobody in it", change("people: [ana, bo]", "people: ¦[]"), "parties.release.people", /is empty/, /\[ana, bo\]/],
  [
    "a group with somebody twice",
    change("people: [ana, bo]", "people: [ana, ¦ana]"),
    "parties.release.people[1]",
    /names "ana" again/,
    /once/,
  ],
  [
    "a group with a stranger",
    change("people: [ana, bo]", "people: [ana, ¦boo]"),
    "parties.release.people[1]",
    /names "boo", who is not among people/,
    /add it under people|write bo/,
  ],
  [
    "a group with a machine",
    change("people: [ana, bo]", "people: [ana, ¦ci]"),
    "parties.release.people[1]",
    /which is a party, and a group is of people/,
    /by: \[/,
  ],
  [
    "one name for a person and a party",
    change("  release: ", "  ¦ana: ").replace("by: release, atLeast: 2", "by: [ana, bo]"),
    "parties.ana",
    /is the name of a person too/,
    /another name/,
  ],
  ["a mistyped party field", ci(`{ ¦certificat: {} }`), "parties.ci.certificat", /did you mean certificate\?/, /write certificate/],
  // identities
  ["no anchor", ci("{ certificate: ¦{ subject: { CN: ci } } }"), "parties.ci.certificate", /has no anchor/, /anchor: ca:acme/],
  [
    "an anchor without a type",
    certificate("anchor: ¦acme, subject: { CN: ci }"),
    "parties.ci.certificate.anchor",
    /"acme" is not TYPE:NAME/,
    /ca:NAME/,
  ],
  [
    "an anchor of another type",
    certificate("anchor: ¦root:acme, subject: { CN: ci }"),
    "parties.ci.certificate.anchor",
    /no type of trust store/,
    /ca:NAME/,
  ],
  [
    "an anchor out of the folder",
    certificate("anchor: ¦ca:.., subject: { CN: ci }"),
    "parties.ci.certificate.anchor",
    /no name of a trust store/,
    /ca:NAME/,
  ],
  [
    "a timestamp authority",
    certificate("anchor: ¦tsa:acme, subject: { CN: ci }"),
    "parties.ci.certificate.anchor",
    /vouch for times/,
    /signingAuthority:NAME/,
  ],
  [
    "an anchor alone",
    ci("{ certificate: ¦{ anchor: ca:acme } }"),
    "parties.ci.certificate",
    /has none of subject, san, fingerprint/,
    /subject: \{ CN: ci/,
  ],
  [
    "subject and fingerprint",
    certificate(`anchor: ca:acme, subject: { CN: ci }, fingerprint: ¦"${"4f".repeat(32)}"`),
    "parties.ci.certificate.fingerprint",
    /stands beside subject/,
    /take one out/,
  ],
  ["a certificate as a name", ci('{ certificate: ¦"CN=ci" }'), "parties.ci.certificate", /a name in one text/, /subject: \{ CN: ci \}/],
  [
    "a subject as a name",
    subject('¦"CN=ci, O=Acme"'),
    "parties.ci.certificate.subject",
    /can be read in several ways/,
    /\{ CN: ci, O: Acme \}/,
  ],
  ["an empty subject", subject("¦{}"), "parties.ci.certificate.subject", /is empty/, /CN: ci/],
  ["a number in a subject", subject("{ CN: ¦123 }"), "parties.ci.certificate.subject.CN", /is the number 123/, /quote it: "123"/],
  ["an empty value in a subject", subject('{ CN: ¦"" }'), "parties.ci.certificate.subject.CN", /is empty/, /write/],
  ["a value twice in a subject", subject("{ OU: ¦[a, a] }"), "parties.ci.certificate.subject.OU", /"a" twice/, /once/],
  [
    "variables in two values of one type",
    subject('{ CN: ci, OU: ¦["{app}", "x-{app}"] }'),
    "parties.ci.certificate.subject.OU",
    /variables in two of its values/,
    /into one value/,
  ],
  ["Notary's S", subject("{ CN: ci, ¦S: WA }"), "parties.ci.certificate.subject.S", /is no type of a name/, /write ST/],
  ["a type in lower case", subject("{ ¦cn: ci }"), "parties.ci.certificate.subject.cn", /is no type of a name/, /write CN/],
  [
    "a mail in a subject",
    subject("{ ¦emailAddress: a@b }"),
    "parties.ci.certificate.subject.emailAddress",
    /is no type/,
    /an identifier such as/,
  ],
  [
    "two alternative names",
    certificate('anchor: ca:acme, san: { dns: ci.acme.io, uri: ¦"x:y" }'),
    "parties.ci.certificate.san.uri",
    /stands beside dns/,
    /take one out/,
  ],
  [
    "a wildcard",
    certificate('anchor: ca:acme, san: { dns: ¦"*.acme.io" }'),
    "parties.ci.certificate.san.dns",
    /no certificate has as a dns name/,
    /without a wildcard/,
  ],
  [
    "a host in capitals",
    certificate("anchor: ca:acme, san: { dns: ¦CI.acme.io }"),
    "parties.ci.certificate.san.dns",
    /no certificate has/,
    /lower case/,
  ],
  [
    "a URI without a scheme",
    certificate("anchor: ca:acme, san: { uri: ¦acme.io/ci }"),
    "parties.ci.certificate.san.uri",
    /no certificate has as a uri/,
    /spiffe:/,
  ],
  [
    "a mail without @",
    certificate("anchor: ca:acme, san: { email: ¦ci }"),
    "parties.ci.certificate.san.email",
    /no certificate has as a email/,
    /ci@acme\.io/,
  ],
  [
    "a short fingerprint",
    certificate("anchor: ca:acme, fingerprint: ¦4f4f"),
    "parties.ci.certificate.fingerprint",
    /must be 64 lower-case hex/,
    /sha256sum/,
  ],
  [
    "a fingerprint as openssl prints it",
    certificate(`anchor: ca:acme, fingerprint: ¦"${"4F:".repeat(31)}4F"`),
    "parties.ci.certificate.fingerprint",
    /not written as 64 lower-case/,
    new RegExp(`write ${"4f".repeat(32)}`),
  ],
  ["a key that is none", ci("{ key: ¦abc }"), "parties.ci.key", /which is no key/, /SHA256:/],
  ["a key for OpenSSH", ci('{ key: ¦"ssh-ed25519 AAAA" }'), "parties.ci.key", /which is no key/, /PEM/],
  ["a padded fingerprint", ci(`{ key: ¦"SHA256:${"A".repeat(43)}=" }`), "parties.ci.key", /ends in =/, /write "SHA256:A{43}"/],
  ["a second spelling of a fingerprint", ci(`{ key: ¦"SHA256:${"A".repeat(42)}B" }`), "parties.ci.key", /which is no key/, /SHA256/],
  ["a path as a key", ci("{ key: ¦keys/ci.pub }"), "parties.ci.key", /which is a path/, /file: "keys\/ci\.pub"/],
  ["a private key", ci(`{ key: ¦${JSON.stringify(PRIVATE_KEY)} }`), "parties.ci.key", /holds a PRIVATE KEY/, /openssl pkey/],
  [
    "two keys in one",
    ci(`{ key: ¦${JSON.stringify(PUBLIC_KEY + PUBLIC_KEY)} }`),
    "parties.ci.key",
    /exactly one public key/,
    /openssl pkey/,
  ],
  [
    "PEM that holds no key",
    ci(`{ key: ¦${JSON.stringify("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n")} }`),
    "parties.ci.key",
    /holds no public key/,
    /openssl pkey/,
  ],
  ["a file without its digest", ci("{ key: ¦{ file: keys/ci.pub } }"), "parties.ci.key", /has no sha256/, /sha256sum/],
  [
    "a file with another digest",
    key("keys/ci.pub", `¦"${"4f".repeat(32)}"`),
    "parties.ci.key.sha256",
    /is not the digest of "keys\/ci\.pub"/,
    new RegExp(`write ${digest("keys/ci.pub")}`),
  ],
  ["a file that is not there", key("¦keys/gone.pub", `"${"4f".repeat(32)}"`), "parties.ci.key.file", /cannot be read/, /check the path/],
  ["a private key's file", key("¦keys/ci.key", `"${digest("keys/ci.key")}"`), "parties.ci.key.file", /holds a PRIVATE KEY/, /openssl pkey/],
  [
    "a file that holds no key",
    key("¦keys/none.pub", `"${digest("keys/none.pub")}"`),
    "parties.ci.key.file",
    /exactly one public key/,
    /openssl pkey/,
  ],
  ["a file elsewhere", key("¦/etc/passwd", `"${"4f".repeat(32)}"`), "parties.ci.key.file", /does not lead below/, /relative path/],
  ["a file above", key("¦keys/../../ci.pub", `"${"4f".repeat(32)}"`), "parties.ci.key.file", /does not lead below/, /relative path/],
  ["keyless as a mail", ci("{ keyless: ¦ci@acme.io }"), "parties.ci.keyless", /a bare mail/, /oidc/],
  ["keyless without an identity", ci('{ keyless: ¦{ issuer: "https://x.io" } }'), "parties.ci.keyless", /has no identity/, /issuer:/],
  [
    "an issuer without https",
    ci('{ keyless: { issuer: ¦"http://x.io", identity: y } }'),
    "parties.ci.keyless.issuer",
    /must be a URL with https/,
    /the iss of its tokens/,
  ],
  [
    "an issuer with a variable",
    ci('{ oidc: { issuer: ¦"https://{app}.io", subject: y } }'),
    "parties.ci.oidc.issuer",
    /without a variable/,
    /iss/,
  ],
  [
    "an id without quotes",
    ci('{ keyless: { issuer: "https://x.io", identity: y, repositoryId: ¦123 } }'),
    "parties.ci.keyless.repositoryId",
    /is the number 123/,
    /quote it: "123"/,
  ],
  [
    "an id in words",
    ci('{ keyless: { issuer: "https://x.io", identity: y, ownerId: ¦acme } }'),
    "parties.ci.keyless.ownerId",
    /a number in quotes/,
    /"123"/,
  ],
  ["oidc without a subject", ci('{ oidc: ¦{ issuer: "https://x.io" } }'), "parties.ci.oidc", /has no subject/, /subject:/],
  [
    "one identity on two persons",
    change("CN: Bo", "CN: Ana").replace("bo: { certificate: {", "bo: { certificate: ¦{"),
    "people.bo.certificate",
    /may be the identity of "ana" too/,
    /an identity of its own/,
  ],
  [
    "one identity in another order",
    change("{ CN: Bo, O: Acme, C: US }", "{ C: US, O: Acme, CN: Ana }").replace("bo: { certificate: {", "bo: { certificate: ¦{"),
    "people.bo.certificate",
    /may be the identity of "ana" too/,
    /of its own/,
  ],
  [
    "one identity on a person and a machine",
    ci(`{ certificate: ¦${ANA.slice(15, -2)} }`),
    "parties.ci.certificate",
    /may be the identity of "ana" too/,
    /of its own/,
  ],
  [
    "a machine's variable that may be another's name",
    change("\n  release:", "\n  api: { certificate: ¦{ anchor: ca:acme, subject: { CN: ci-api, O: Acme, C: US } } }\n  release:"),
    "parties.api.certificate",
    /may be the identity of "ci" too/,
    /of its own/,
  ],
  [
    "one key on two machines",
    policyWith(
      [CI, `{ key: ${JSON.stringify(PUBLIC_KEY)} }\n  two: { key: ¦{ file: keys/ci.pub, sha256: "${digest("keys/ci.pub")}" } }`],
      SHARED,
    ),
    "parties.two.key",
    /may be the identity of "ci" too/,
    /of its own/,
  ],
  [
    "one certificate under two anchors",
    policyWith(
      [
        CI,
        `{ certificate: { anchor: ca:a, fingerprint: "${"4f".repeat(32)}" } }\n  two: { certificate: ¦{ anchor: ca:b, fingerprint: "${"4f".repeat(32)}" } }`,
      ],
      SHARED,
    ),
    "parties.two.certificate",
    /identity of "ci" too/,
    /of its own/,
  ],
  [
    "one workload twice",
    policyWith(
      [
        CI,
        '{ keyless: { issuer: "https://x.io", identity: y } }\n  two: { keyless: ¦{ issuer: "https://x.io", identity: y, ownerId: "1" } }',
      ],
      SHARED,
    ),
    "parties.two.keyless",
    /identity of "ci" too/,
    /of its own/,
  ],
  [
    "a variable that the product lacks",
    change("ci-{app}", "ci-{ap}")
      .replace("ci: { certificate: {", "ci: { certificate: ¦{")
      .replace("\ngates:", "\nsharedSigner: true\ngates:"),
    "parties.ci.certificate",
    /has \{ap\}, and the product "shop\/\{app\}", whose gates ask for ci/,
    /name the variable as/,
  ],
  [
    "one signer for many products",
    change('"ci-{app}"', "ci").replace("  shop/", "  ¦shop/"),
    'products["shop/{app}"]',
    /signed for by ci, whose identity does not hold \{app\}/,
    /CN: "ci-\{app\}", or ask for provenance of a source with \{app\}, or write sharedSigner: true at the top level/,
  ],
  // gates
  ["no gates", `¦${POLICY.slice(0, POLICY.indexOf("gates:"))}`, "the document", /has no gates/, /gates/],
  ["a gate with nothing", change(BUILD, "¦{}"), "gates.build", /has neither needs nor after/, /needs:/],
  ["a gate with checks alone", change(BUILD, "¦{ checks: { expiry: log } }"), "gates.build", /has neither needs nor after/, /needs:/],
  ["a mistyped field of a gate", change(BUILD, BUILD.replace("needs", "¦need")), "gates.build.need", /did you mean needs\?/, /write needs/],
  [
    "needs that are no list",
    change(BUILD, "{ needs: ¦{ signature: { by: ci } } }"),
    "gates.build.needs",
    /is a map, and must be a list/,
    /needs:/,
  ],
  ["needs that are empty", change(BUILD, "{ needs: ¦[] }"), "gates.build.needs", /is empty/, /signature/],
  [
    "a need with nothing",
    change(BUILD, "{ needs: [ ¦{} ] }"),
    "gates.build.needs[0]",
    /has none of signature, provenance/,
    /signature: \{ by: ci \}/,
  ],
  [
    "a need with two",
    change(BUILD, "{ needs: [ { signature: { by: ci }, test: ¦{ by: ci } } ] }"),
    "gates.build.needs[0].test",
    /stands beside signature/,
    /take one out/,
  ],
  [
    "a publisher's name without a host",
    change("{ by: ci }", "{ by: ci, signedAs: ¦vendor/base }"),
    "gates.build.needs[0].signature.signedAs",
    /it has no host/,
    /docker\.io\/vendor\/base/,
  ],
  [
    "a publisher's name with a tag",
    change("{ by: ci }", '{ by: ci, signedAs: ¦"docker.io/vendor/base:1" }'),
    "gates.build.needs[0].signature.signedAs",
    /names a tag or digest/,
    /write docker\.io\/vendor\/base/,
  ],
  [
    "a publisher's name with a variable that the product lacks",
    change("{ by: ci }", '{ by: ci, signedAs: ¦"docker.io/vendor/{ap}" }'),
    "gates.build.needs[0].signature.signedAs",
    /has \{ap\}/,
    /name the variable as/,
  ],
  [
    "a signature's age that is none",
    change("{ by: ci }", "{ by: ci, maxAge: ¦90 days }"),
    "gates.build.needs[0].signature.maxAge",
    /is no length of time/,
    /7d, 24h/,
  ],
  ["a signature of nobody", change("{ by: ci }", "¦{}"), "gates.build.needs[0].signature", /has no by/, /by: ci/],
  ["nobody in by", change("by: ci }", "by: ¦[] }"), "gates.build.needs[0].signature.by", /is empty/, /write ci/],
  [
    "a stranger in by",
    change("by: ci }", "by: ¦cii }"),
    "gates.build.needs[0].signature.by",
    /names "cii", which is no party or person/,
    /write ci|add it/,
  ],
  [
    "a stranger among others",
    change("by: ci }", "by: [ci, ¦zoe] }"),
    "gates.build.needs[0].signature.by[1]",
    /names "zoe"/,
    /add it under parties and people/,
  ],
  ["somebody twice in by", change("by: ci }", "by: [ci, ¦ci] }"), "gates.build.needs[0].signature.by[1]", /names "ci" again/, /once/],
  ["atLeast 0", change("atLeast: 2", "atLeast: ¦0"), "gates.prod.needs[0].signature.atLeast", /is 0/, /write 1, or more/],
  [
    "atLeast in quotes",
    change("atLeast: 2", 'atLeast: ¦"2"'),
    "gates.prod.needs[0].signature.atLeast",
    /is the text "2"/,
    /without quotes: 2/,
  ],
  [
    "more than there are",
    change("atLeast: 2", "atLeast: ¦3"),
    "gates.prod.needs[0].signature.atLeast",
    /wants 3 signers, and only 2 are asked/,
    /at most 2/,
  ],
  [
    "a person who is in the group too",
    change("by: release, atLeast: 2", "by: [release, ana], atLeast: ¦3"),
    "gates.prod.needs[0].signature.atLeast",
    /wants 3 signers, and only 2/,
    /at most 2/,
  ],
  [
    "two of one machine",
    change("by: ci }", "by: ci, atLeast: ¦2 }"),
    "gates.build.needs[0].signature.atLeast",
    /wants 2 signers, and only ci is asked/,
    /at most 1/,
  ],
  ["after an unknown gate", change("after: build", "after: ¦bild"), "gates.prod.after", /names the gate "bild"/, /write build/],
  ["after a gate twice", change("after: build", "after: [build, ¦build]"), "gates.prod.after[1]", /names "build" again/, /once/],
  [
    "after with a question",
    change("after: build", "after: ¦{ gate: build, question: stay }"),
    "gates.prod.after",
    /is a map, and must be text/,
    /build/,
  ],
  [
    "after itself",
    change(`  prod: ${PROD}`, "  ¦prod: { after: prod }"),
    "gates.prod",
    /comes after itself: prod after prod/,
    /take "prod" out/,
  ],
  [
    "a ring of gates",
    change(`  build: ${BUILD}`, "  ¦build: { after: prod }"),
    "gates.build",
    /comes after itself: build after prod after build/,
    /take "prod" out/,
  ],
  [
    "an unknown check",
    change(BUILD, BUILD.replace("{ needs", "{ checks: { ¦expires: log }, needs")),
    "gates.build.checks.expires",
    /is not a field of the checks of a gate/,
    /expiry, time, revocation/,
  ],
  [
    "an unknown action",
    change(BUILD, BUILD.replace("{ needs", "{ checks: { expiry: ¦warn }, needs")),
    "gates.build.checks.expiry",
    /is "warn", and must be enforce or log or skip/,
    /enforce/,
  ],
  ...["integrity", "subject", "authenticity", "identity", "product"].map((name): Row => [
    `logged ${name}`,
    change(BUILD, BUILD.replace("{ needs", `{ checks: { ¦${name}: log }, needs`)),
    `gates.build.checks.${name}`,
    /cannot be set: /,
    new RegExp(`take ${name} out`),
  ]),
];

function placeOf(text: string): { readonly line: number; readonly column: number } {
  const before = text.slice(0, text.indexOf(MARK)).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

function readFile(path: string): Uint8Array {
  return Buffer.from(FILES[path] ?? assert.fail(`${path} is not there`));
}

async function refusalOf(text: string): Promise<CountersignError> {
  const error: unknown = await decodePolicy(Buffer.from(text), { source: "shop.yaml", readFile }).then(
    () => assert.fail("it was not refused"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CountersignError, String(error));
  return error;
}

for (const [fault, text, member, state, remedy] of ROWS) {
  test(`refused with its place: ${fault}`, async () => {
    assert.equal(text.split(MARK).length, 2, "the place is marked once");
    const { line, column } = placeOf(text);
    const error = await refusalOf(text.replace(MARK, ""));
    assert.equal(error.code, "policy/invalid");
    assert.ok(error.message.startsWith(`Cannot use policy "shop.yaml": line ${line}, column ${column}: ${member} `), error.message);
    assert.doesNotMatch(error.message, /and \d+ more/);
    const [problem, ...others] = error.detail["problems"] as readonly Readonly<Record<string, unknown>>[];
    assert.deepEqual(others, []);
    assert.deepEqual({ line, column, member }, { line: problem?.["line"], column: problem?.["column"], member: problem?.["member"] });
    assert.match(String(problem?.["state"]), state);
    assert.match(String(problem?.["remedy"]), remedy);
    assert.ok(error.remedy.endsWith("; then: countersign policy check shop.yaml"), error.remedy);
    const told = JSON.stringify([error.message, error.remedy, error.detail]);
    const secrets = [PRIVATE_KEY.split("\n")[1] ?? "", (PGP_PRIVATE_KEY.split("\n")[2] ?? "").slice(0, 32)];
    assert.ok(secrets.every((secret) => secret.length >= 32 && !told.includes(secret)));
  });
}

test("nothing is wrong with the policy that the faults are made of", async () => {
  assert.deepEqual((await decodePolicy(Buffer.from(POLICY), { source: "shop.yaml" })).warnings, []);
});

test("all that is wrong is told together, the first of the document first", async () => {
  const error = await refusalOf(
    policyWith(["version: 1", "version: one"], ["CN: Bo", "CN: 7"], ["ci: {", "ci: { certificat: {}, "], ["by: ci }", "by: 3 }"]),
  );
  const problems = error.detail["problems"] as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual(
    problems.map(({ member }) => member),
    ["version", "people.bo.certificate.subject.CN", "parties.ci.certificat", "gates.build.needs[0].signature.by"],
  );
  assert.match(error.message, /line 4, column 10: version is "one".* \(and 3 more\)$/);
});

test("names that lead nowhere are told in every part of the document, each once", async () => {
  const error = await refusalOf(
    policyWith(
      ["[ana, bo]", "[ana, boo]"],
      ["by: ci }", "by: [cj, release] }"],
      ["after: build", "after: buildd"],
      ["{ build:", "{ bild:"],
    ),
  );
  const problems = error.detail["problems"] as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual(
    problems.map(({ member }) => member),
    ['products["shop/{app}"].bild', "parties.release.people[1]", "gates.build.needs[0].signature.by[0]", "gates.prod.after"],
  );
});

test("without apiVersion and kind, both are told", async () => {
  const error = await refusalOf(policyWith(["apiVersion: countersign.dev/v1\n", ""], ["kind: Policy\n", ""]));
  const problems = error.detail["problems"] as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual(
    problems.map(({ state }) => String(state).slice(0, 17)),
    ["has no apiVersion", "has no kind, whic"],
  );
});

test("a file is named where there is no folder", async () => {
  const text = key("keys/ci.pub", `"${digest("keys/ci.pub")}"`);
  await assert.rejects(
    decodePolicy(Buffer.from(text), { source: "stdin" }),
    /parties\.ci\.key\.file names "keys\/ci\.pub", and this policy has no folder/,
  );
});

test("foreign text in a complaint is safe to show", async () => {
  const error = await refusalOf(change("by: ci }", String.raw`by: "\e[2J\u202e" }`));
  assert.match(error.message, /names "\\u\{1b\}\[2J\\u\{202e\}"/);
  const named = await refusalOf(change("name: shop", String.raw`"\e[2J": 1`));
  assert.doesNotMatch(`${named.message}${named.remedy}`, /[\p{Cc}\p{Cf}]/u);
});
