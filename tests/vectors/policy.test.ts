/** Trust policy documents, one fault each with a passing twin, through the library, `policy check` and `verify`. Source: Notary trust policy specification. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { CountersignError } from "../../src/core/errors.ts";
import { decodeNotaryPolicy } from "../../src/policy/notary/document.ts";
import { runCommandLine } from "./command-line.ts";
import { goodPlan, type Json, statement } from "./plan.ts";

/** A document that is in order but for what `edit` does to it. */
type Edit = (first: Json & { signatureVerification: Json }, document: Json) => void;

interface PolicyVector {
  readonly name: string;
  readonly comment: string;
  /** Where the refusal must point. */
  readonly member: string;
  readonly fault: Edit;
  readonly twin?: Edit;
}

const FIRST = "trustPolicies[0]";
const VERIFICATION = `${FIRST}.signatureVerification`;
const ACME = "x509.subject: C=US, ST=WA, O=Acme";

function set(member: string, value: unknown): Edit {
  return (first) => void (first[member] = value);
}

function verification(value: unknown): Edit {
  return set("signatureVerification", value);
}

function identities(...entries: readonly unknown[]): Edit {
  return set("trustedIdentities", entries);
}

/** A second statement like the first, but for these members. */
function second(members: Json): Edit {
  return (first, document) => void (document["trustPolicies"] as Json[]).push({ ...structuredClone(first), ...members });
}

function overriding(override: Json, level = "strict"): Edit {
  return verification({ level, override });
}

/** Level skip, and nothing beside it. */
const skip: Edit = (first) => {
  first.signatureVerification = { level: "skip" };
  delete first["trustStores"];
  delete first["trustedIdentities"];
};

function both(...edits: readonly Edit[]): Edit {
  return (first, document) => edits.forEach((edit) => edit(first, document));
}

const VECTORS: readonly PolicyVector[] = [
  { name: "no version", comment: "1.0", member: "version", fault: (_, document) => void delete document["version"] },
  { name: "later version", comment: "1.0", member: "version", fault: (_, document) => void (document["version"] = "1.1") },
  { name: "version as a number", comment: "text", member: "version", fault: (_, document) => void (document["version"] = 1) },
  { name: "no statements", comment: "non-empty", member: "trustPolicies", fault: (_, document) => void (document["trustPolicies"] = []) },
  {
    name: "case variant of a member of the document",
    comment: "Go's decoder takes it for the known one",
    member: "the document",
    fault: (_, document) => void (document["TrustPolicies"] = []),
    twin: (_, document) => void (document["comment"] = []),
  },
  {
    name: "case variant of a member of a statement",
    comment: "Go's decoder takes it for the known one",
    member: FIRST,
    fault: set("TrustedIdentities", ["*"]),
    twin: set("comment", ["*"]),
  },
  {
    name: "case variant of a member of the verification",
    comment: "Go's decoder takes it for the known one",
    member: VERIFICATION,
    fault: verification({ level: "strict", Level: "skip" }),
    twin: verification({ level: "strict", comment: "skip" }),
  },

  { name: "statement without a name", comment: "non-empty", member: `${FIRST}.name`, fault: set("name", "") },
  {
    name: "two statements of one name",
    comment: "unique",
    member: "trustPolicies[1].name",
    fault: second({ registryScopes: ["registry.example/other"] }),
    twin: second({ name: "other", registryScopes: ["registry.example/other"] }),
  },
  { name: "no scopes", comment: "non-empty", member: `${FIRST}.registryScopes`, fault: set("registryScopes", []) },
  {
    name: "* beside a scope",
    comment: "* stands alone",
    member: `${FIRST}.registryScopes[1]`,
    fault: set("registryScopes", ["registry.example/app", "*"]),
    twin: set("registryScopes", ["registry.example/app", "registry.example/other"]),
  },
  {
    name: "scope in two statements",
    comment: "once in the whole document",
    member: "trustPolicies[1].registryScopes[0]",
    fault: both(set("registryScopes", ["registry.example/app"]), second({ name: "other" })),
    twin: both(set("registryScopes", ["registry.example/app"]), second({ name: "other", registryScopes: ["*"] })),
  },
  { name: "* in two statements", comment: "one statement", member: "trustPolicies[1].registryScopes[0]", fault: second({ name: "other" }) },
  {
    name: "scope that is a pattern",
    comment: "no prefixes",
    member: `${FIRST}.registryScopes[0]`,
    fault: set("registryScopes", ["registry.example/*"]),
    twin: set("registryScopes", ["registry.example/app"]),
  },
  {
    name: "scope that is a host",
    comment: "a whole repository",
    member: `${FIRST}.registryScopes[0]`,
    fault: set("registryScopes", ["registry.example:5000"]),
    twin: set("registryScopes", ["registry.example:5000/app"]),
  },
  {
    name: "scope with a tag",
    comment: "a repository, no tag",
    member: `${FIRST}.registryScopes[0]`,
    fault: set("registryScopes", ["registry.example/app:v1"]),
    twin: set("registryScopes", ["registry.example/app_v1"]),
  },
  {
    name: "scope with a protocol",
    comment: "a repository, no URL",
    member: `${FIRST}.registryScopes[0]`,
    fault: set("registryScopes", ["https://registry.example/app"]),
    twin: set("registryScopes", ["registry.example/https/app"]),
  },

  {
    name: "no verification",
    comment: "required",
    member: VERIFICATION,
    fault: (first) => void Reflect.deleteProperty(first, "signatureVerification"),
  },
  { name: "no level", comment: "one of four", member: `${VERIFICATION}.level`, fault: verification({}) },
  {
    name: "unknown level",
    comment: "one of four",
    member: `${VERIFICATION}.level`,
    fault: verification({ level: "loose" }),
    twin: verification({ level: "audit" }),
  },
  { name: "level in other letters", comment: "exact", member: `${VERIFICATION}.level`, fault: verification({ level: "Strict" }) },
  {
    name: "integrity overridden",
    comment: "cannot be",
    member: `${VERIFICATION}.override.integrity`,
    fault: overriding({ integrity: "log" }),
    twin: overriding({ expiry: "log" }),
  },
  {
    name: "unknown check overridden",
    comment: "one of four",
    member: `${VERIFICATION}.override.identity`,
    fault: overriding({ identity: "log" }),
    twin: overriding({ authenticity: "log" }),
  },
  {
    name: "authenticity skipped",
    comment: "enforce or log",
    member: `${VERIFICATION}.override.authenticity`,
    fault: overriding({ authenticity: "skip" }),
    twin: overriding({ authenticity: "enforce" }, "audit"),
  },
  {
    name: "timestamps skipped",
    comment: "enforce or log",
    member: `${VERIFICATION}.override.authenticTimestamp`,
    fault: overriding({ authenticTimestamp: "skip" }),
    twin: overriding({ authenticTimestamp: "log" }),
  },
  {
    name: "expiry skipped",
    comment: "enforce or log",
    member: `${VERIFICATION}.override.expiry`,
    fault: overriding({ expiry: "skip" }),
    twin: overriding({ revocation: "skip" }),
  },
  {
    name: "unknown action",
    comment: "enforce, log, skip",
    member: `${VERIFICATION}.override.revocation`,
    fault: overriding({ revocation: "warn" }),
    twin: overriding({ revocation: "log" }),
  },
  {
    name: "skip overridden",
    comment: "cannot be customised",
    member: `${VERIFICATION}.override`,
    fault: both(skip, verification({ level: "skip", override: { expiry: "log" } })),
    twin: skip,
  },
  {
    name: "unknown choice of timestamps",
    comment: "always or afterCertExpiry",
    member: `${VERIFICATION}.verifyTimestamp`,
    fault: verification({ level: "strict", verifyTimestamp: "never" }),
    twin: verification({ level: "strict", verifyTimestamp: "afterCertExpiry" }),
  },

  { name: "no trust stores", comment: "required unless skip", member: `${FIRST}.trustStores`, fault: set("trustStores", []), twin: skip },
  {
    name: "skip with trust stores",
    comment: "forbidden",
    member: `${FIRST}.trustStores`,
    fault: both(skip, set("trustStores", ["ca:acme"])),
    twin: skip,
  },
  { name: "trust store without a type", comment: "type:name", member: `${FIRST}.trustStores[0]`, fault: set("trustStores", ["acme"]) },
  {
    name: "trust store of an unknown type",
    comment: "ca, signingAuthority, tsa",
    member: `${FIRST}.trustStores[0]`,
    fault: set("trustStores", ["root:acme"]),
    twin: set("trustStores", ["signingAuthority:acme"]),
  },
  {
    name: "trust store that leaves its folder",
    comment: "letters, digits, _ . -",
    member: `${FIRST}.trustStores[0]`,
    fault: set("trustStores", ["ca:../acme"]),
    twin: set("trustStores", ["ca:..acme"]),
  },

  {
    name: "no identities",
    comment: "required unless skip",
    member: `${FIRST}.trustedIdentities`,
    fault: identities(),
    twin: identities("*"),
  },
  {
    name: "skip with identities",
    comment: "forbidden",
    member: `${FIRST}.trustedIdentities`,
    fault: both(skip, identities("*")),
    twin: skip,
  },
  {
    name: "* beside an identity",
    comment: "* stands alone",
    member: `${FIRST}.trustedIdentities[1]`,
    fault: identities(ACME, "*"),
    twin: identities(ACME),
  },
  {
    name: "identity without a prefix",
    comment: "prefix:value",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities("C=US, ST=WA, O=Acme"),
  },
  { name: "identity without a name", comment: "RFC 4514", member: `${FIRST}.trustedIdentities[0]`, fault: identities("x509.subject:") },
  ...["C=US", "ST=WA", "O=Acme"].map((pair): PolicyVector => ({
    name: `identity without ${pair}`,
    comment: "C, ST and O must be there",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities(`x509.subject: ${["C=US", "ST=WA", "O=Acme"].filter((entry) => entry !== pair).join(", ")}`),
  })),
  {
    name: "identity with a type in lower case",
    comment: "types are compared with their case",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities("x509.subject: c=US, ST=WA, O=Acme"),
    twin: identities("x509.subject: C=US, S=WA, O=Acme"),
  },
  {
    name: "identity with a type twice",
    comment: "no duplicates",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities(`${ACME}, OU=A, OU=B`),
    twin: identities(`${ACME}, OU=A`),
  },
  { name: "identity with S and ST", comment: "S is ST", member: `${FIRST}.trustedIdentities[0]`, fault: identities(`${ACME}, S=WA`) },
  {
    name: "identity with two values in one part",
    comment: "no multi-valued names",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities("x509.subject: C=US, ST=WA, O=Acme+OU=A"),
    twin: identities(String.raw`x509.subject: C=US, ST=WA, O=Acme\+OU`),
  },
  {
    name: "identity in hex",
    comment: "CVE-2023-25656: a short text with a huge length made the parser allocate without bound",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities("x509.subject: C=US, ST=WA, O=#0484ffffffff"),
    twin: identities(String.raw`x509.subject: C=US, ST=WA, O=\#0484ffffffff`),
  },
  {
    name: "identity with an unfinished escape",
    comment: "RFC 4514 3",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities("x509.subject: C=US, ST=WA, O=Acme\\"),
  },
  {
    name: "identity with an unknown escape",
    comment: "RFC 4514 3",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities(String.raw`x509.subject: C=US, ST=WA, O=Ac\me`),
  },
  {
    name: "identities that overlap",
    comment: "none may be a part of another",
    member: `${FIRST}.trustedIdentities[0]`,
    fault: identities(ACME, `${ACME}, CN=ci`),
    twin: identities(`${ACME}, CN=cd`, `${ACME}, CN=ci`),
  },
];

/** What is let pass and must be said. */
const WARNED: readonly { readonly name: string; readonly comment: string; readonly edit: Edit; readonly warning: RegExp }[] = [
  {
    name: "skip for every image",
    comment: "the specification forbids it, notation's own suite uses it",
    edit: skip,
    warning: /LETS EVERY IMAGE PASS/,
  },
  { name: "authenticity that is only logged", comment: "audit", edit: verification({ level: "audit" }), warning: /only logs authenticity/ },
  {
    name: "mistyped member",
    comment: "notation ignores it",
    edit: set("trustStore", ["ca:acme"]),
    warning: /trustStore is not a member that is known/,
  },
  {
    name: "identities for plugins alone",
    comment: "nobody is accepted",
    edit: identities("com.example:signer"),
    warning: /without one, no signer is accepted/,
  },
  {
    name: "type that can never match",
    comment: "notation prints it as an identifier",
    edit: identities(`${ACME}, UID=ci`),
    warning: /can never match/,
  },
  {
    name: "short name of Docker Hub",
    comment: "references to it are expanded",
    edit: set("registryScopes", ["docker.io/busybox"]),
    warning: /never applies/,
  },
];

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-policy-"));
});

after(() => rm(folder, { recursive: true, force: true }));

async function policyFile(edit: Edit): Promise<{ readonly path: string; readonly bytes: Uint8Array }> {
  const plan = goodPlan("jws");
  edit(statement(plan), plan.policy);
  const path = join(folder, "trustpolicy.json");
  const bytes = Buffer.from(JSON.stringify(plan.policy));
  await writeFile(path, bytes);
  return { path, bytes };
}

async function assertGood(edit: Edit): Promise<readonly string[]> {
  const { path, bytes } = await policyFile(edit);
  const { warnings } = decodeNotaryPolicy(bytes, { source: path });
  const checked = await runCommandLine(["policy", "check", path, "--output", "json"]);
  assert.equal(checked.exit, 0, checked.stderr);
  assert.deepEqual((checked.document as Json)["warnings"], warnings);
  return warnings;
}

test("the good policy", async () => {
  assert.deepEqual(await assertGood(() => undefined), []);
});

suite("one fault each", () => {
  for (const { name, member, fault, twin } of VECTORS) {
    test(name, async () => {
      const { path, bytes } = await policyFile(fault);
      assert.throws(
        () => decodeNotaryPolicy(bytes, { source: path }),
        (error) => error instanceof CountersignError && error.code === "policy/invalid" && error.detail["member"] === member,
      );
      // A policy with one wrong statement judges nothing, whichever statement would be for the image.
      for (const argv of [
        ["policy", "check", path],
        ["verify", "127.0.0.1:1/app:v1", "--policy", path, "--config", folder],
      ]) {
        const refused = await runCommandLine([...argv, "--output", "json"]);
        assert.equal(refused.exit, 3, refused.stderr);
        assert.equal((refused.document as Json)["code"], "policy/invalid");
        assert.ok(String((refused.document as Json)["message"]).includes(member), refused.stderr);
      }
    });
    if (twin !== undefined) test(`passes: twin of ${name}`, async () => void (await assertGood(twin)));
  }
});

suite("let pass, and said", () => {
  for (const { name, edit, warning } of WARNED) {
    test(name, async () => {
      assert.match((await assertGood(edit)).join("\n"), warning);
    });
  }
});
