/** A plain policy as the document that says the same. */
import type { PlainAsk } from "./slow-evidence.ts";
import type { PlainPolicy } from "./slow-policy.ts";
import { REVIEW } from "./evidence-predicates.ts";

/** What things are called that the plain policy has names of its own for. */
export interface Naming {
  /** The public key, in PEM. */
  pemOf(key: string): string;
  /** The fingerprint of a key for commits. */
  fingerprintOf(key: string): string;
  idOf(commit: string): string;
}

/** JSON is YAML. */
export function writePolicy({ products, people, parties, keys, git, gates }: PlainPolicy, naming: Naming): Uint8Array {
  const keyOf = (name: string): object => {
    const key = keys[name];
    return key === undefined ? {} : { key: naming.pemOf(key) };
  };
  const gitOf = (name: string): object => {
    const key = git[name];
    return key === undefined ? {} : { git: [{ ssh: naming.fingerprintOf(key) }] };
  };
  const party = (name: string, who: string | readonly string[]): object => {
    if (typeof who !== "string") return { people: who };
    return keys[name] === undefined ? certificate(who) : keyOf(name);
  };
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "random",
    version: 1,
    sharedSigner: true,
    products,
    people: Object.fromEntries(
      Object.entries(people).map(([name, who]) => [name, { ...certificate(who), ...keyOf(name), ...gitOf(name) }]),
    ),
    parties: Object.fromEntries(Object.entries(parties).map(([name, who]) => [name, party(name, who)])),
    gates: Object.fromEntries(
      Object.entries(gates).map(([name, { after, needs, asks, expiry }]) => [
        name,
        {
          ...(after.length === 0 ? {} : { after }),
          ...(needs.length + asks.length === 0
            ? {}
            : { needs: [...needs.map((signature) => ({ signature })), ...asks.map((ask) => writeAsk(ask, naming))] }),
          ...(expiry === "enforce" ? {} : { checks: { expiry } }),
        },
      ]),
    ),
  };
  return Buffer.from(JSON.stringify(document));
}

function certificate(commonName: string): object {
  return { certificate: { anchor: "ca:acme", subject: { CN: commonName, O: "Acme", C: "US" } } };
}

function writeAsk(ask: PlainAsk, { idOf }: Naming): object {
  switch (ask.kind) {
    case "scan":
      return {
        scan: {
          by: ask.by,
          deny: ask.deny,
          maxAge: hours(ask.maxAge),
          databaseMaxAge: hours(ask.databaseMaxAge),
          unknownSeverity: ask.isUnknownAllowed ? "allow" : undefined,
          unless: ask.vexBy && { vex: { by: ask.vexBy } },
        },
      };
    case "sbom":
      return {
        sbom: {
          by: ask.by,
          packages: ask.deniedPackages.length === 0 ? undefined : { deny: ask.deniedPackages.map((name) => `pkg:npm/${name}`) },
          licenses: ask.licenses && {
            deny: ask.licenses.deny.length === 0 ? undefined : ask.licenses.deny,
            allow: ask.licenses.allow,
            unknown: ask.licenses.isUnknownAllowed ? "allow" : undefined,
          },
          asserted: asserted(ask),
        },
      };
    case "test":
      return { test: { by: ask.by, result: ask.isWarnedEnough ? "warned" : "passed", maxAge: hours(ask.maxAge), asserted: asserted(ask) } };
    case "provenance": {
      const { kind: _, commits, ...fields } = ask;
      if (commits === undefined) return { provenance: fields };
      const { signedBy, since } = commits;
      const commit = {
        signedBy: signedBy.includes("people") ? "people" : signedBy,
        since: since.length === 0 ? undefined : since.map(idOf),
      };
      return { provenance: { ...fields, commit } };
    }
    case "vex":
      return { vex: { by: ask.by } };
    case "attestation":
      return { attestation: { by: ask.by, type: REVIEW, maxAge: hours(ask.maxAge), asserted: asserted(ask) } };
    case "image":
      return { image: { user: ask.isNonroot ? "nonroot" : undefined, ports: ask.ports } };
  }
}

function hours(age: number | undefined): string | undefined {
  return age === undefined ? undefined : `${age}h`;
}

function asserted({ assertedBy }: { readonly assertedBy: readonly string[] }): object | undefined {
  return assertedBy.length === 0 ? undefined : { by: assertedBy };
}
