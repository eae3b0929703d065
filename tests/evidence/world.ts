/** An image in memory, people who can attest, and a policy of one gate: what the tests about evidence share. */
import { generateKeyPairSync } from "node:crypto";
import { keyFingerprint } from "../../src/core/key-fingerprint.ts";
import type { Identity, Policy } from "../../src/core/policy.ts";
import type { EvidenceRequirement, Requirement } from "../../src/core/requirement.ts";
import type { Digest } from "../../src/core/digest.ts";
import { parseReference, type Reference } from "../../src/core/reference.ts";
import type { Signer } from "../../src/core/signer.ts";
import type { ReadonlyStore, Store } from "../../src/core/store.ts";
import type { TrustSource } from "../../src/core/trust-source.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { attest, type AttestResult } from "../../src/attest.ts";
import { evaluate } from "../../src/evaluate.ts";
import { createBareSigner } from "../../src/keys/signer.ts";
import type { KeyPair } from "../../src/pki/key-pair.ts";
import type { Extension } from "../../src/pki/x509/extensions.ts";
import { signBytes } from "../../src/pki/signature.ts";
import { nameOf } from "../../src/pki/x509/name.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { actionsOf, LEVELS } from "../../src/policy/notary/levels.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { pushImage } from "../../src/testing/image.ts";

export const NOW: Date = new Date("2026-09-01T12:00:00Z");
export const HOUR = 3_600_000;
export const SCAN_TYPE = "https://in-toto.io/attestation/vulns/v0.2";

export interface Attester {
  readonly name: string;
  readonly signer: Signer;
  readonly root: Uint8Array;
  readonly identity: Identity;
}

/** `leafKeys`: a P-256 pair that somebody else may have too. */
export async function makeAttester(name: string, leafExtensions: readonly Extension[] = [], leafKeys?: KeyPair): Promise<Attester> {
  const { certificates, leafKey } = await createTestChain({
    now: new Date(NOW.getTime() - 240 * HOUR),
    days: 30,
    name,
    subject: nameOf({ C: "US", O: "Acme", CN: name }),
    leafExtensions,
    ...(leafKeys === undefined ? {} : { leafKeys }),
  });
  const root = certificates.at(-1);
  if (root === undefined) throw new TypeError("a chain has a root");
  const pairs = [
    { type: "C", value: "US" },
    { type: "O", value: "Acme" },
    { type: "CN", value: name },
  ];
  return {
    name,
    root,
    signer: {
      algorithm: "ES256",
      chain: certificates,
      sign: (bytes) => Promise.resolve(signBytes({ algorithm: "ES256", privateKey: leafKey, bytes })),
    },
    identity: { kind: "certificate", anchor: { type: "ca", name: "acme" }, is: { kind: "subject", pairs } },
  };
}

export function makeKeyPair(): KeyPair {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** Somebody with a key and no certificate. */
export function makeKeyHolder(name: string, { privateKey }: KeyPair = makeKeyPair()): Attester {
  const signer = createBareSigner({ key: privateKey, keyName: name });
  const publicKey = signer.bare?.publicKey;
  if (publicKey === undefined) throw new TypeError("a P-256 key signs bundles");
  return { name, signer, root: new Uint8Array(), identity: { kind: "key", fingerprint: keyFingerprint(publicKey), publicKey } };
}

export function trustOf(attesters: readonly Attester[]): TrustSource {
  return {
    anchors: (store) => Promise.resolve(attesters.flatMap(({ root }) => (root.length === 0 ? [] : [{ certificate: root, store }]))),
  };
}

export function gateAsking(requirements: readonly Requirement[], attesters: readonly Attester[]): Policy {
  const actions = actionsOf(LEVELS.strict);
  return {
    form: "countersign",
    name: "shop",
    version: "1",
    digest: `sha256:${"0".repeat(64)}`,
    trust: "unpinned",
    warnings: [],
    gates: [],
    select: () => ({
      kind: "gate",
      gate: { name: "prod", actions, requirements },
      before: [],
      rules: {
        actions,
        trustStores: [{ type: "ca", name: "acme" }],
        signers: {
          kind: "members",
          members: attesters.map(({ name, identity }) => ({ name, kind: "machine", identities: [identity], isOfProduct: true })),
        },
        verifyTimestamp: "always",
      },
    }),
  };
}

export function needsScan(overrides: Partial<EvidenceRequirement> = {}): EvidenceRequirement {
  return {
    kind: "evidence",
    name: "scan",
    by: ["scanner"],
    byText: "scanner",
    about: { content: "scan" },
    newestOnly: true,
    perManifest: true,
    asks: "a scan by scanner",
    judge: (content) =>
      content.kind === "scan" && content.findings.some(({ severity }) => severity === "critical")
        ? [{ code: "evidence/too-old", message: "it has a critical finding" }]
        : [],
    ...overrides,
  };
}

/** A predicate of in-toto's vulns v0.2. */
export function scanPredicate(options: {
  readonly at: Date;
  readonly findings?: readonly { readonly id: string; readonly severity: string }[];
}): object {
  return {
    scanner: {
      uri: "pkg:github/acme/scanner@1",
      version: "1",
      db: { uri: "https://acme.io/db", version: "7", lastUpdate: options.at.toISOString() },
      result: (options.findings ?? []).map(({ id, severity }) => ({ id, severity: [{ method: "nvd", score: severity }] })),
    },
    metadata: { scanStartedOn: options.at.toISOString(), scanFinishedOn: options.at.toISOString() },
  };
}

export interface EvidenceWorld {
  readonly store: Store;
  readonly digest: Digest;
  readonly reference: Reference;
  attestAs(
    attester: Attester,
    predicate: unknown,
    options?: { readonly type?: string; readonly format?: string; readonly about?: Digest; readonly hoursAgo?: number },
  ): Promise<AttestResult>;
  /** After `looks` at what hangs there the time for it is over. */
  judge(policy: Policy, options?: { readonly store?: ReadonlyStore; readonly about?: Digest; readonly looks?: number }): Promise<Verdict>;
}

function named(about: Digest): Reference {
  return parseReference(`registry.example/app@${about}`);
}

export async function makeEvidenceWorld(trust: TrustSource): Promise<EvidenceWorld> {
  const store = openMemoryStore();
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }] });
  const reference = named(digest);
  return {
    store,
    digest,
    reference,
    attestAs: ({ signer }, predicate, { type = SCAN_TYPE, format, about = digest, hoursAgo = 1 } = {}) =>
      attest(named(about), {
        store,
        signer,
        predicateType: type,
        predicate,
        clock: { now: () => new Date(NOW.getTime() - hoursAgo * HOUR) },
        ...(format === undefined ? {} : { format }),
      }),
    judge: (policy, { about = digest, looks = Infinity, ...options } = {}) => {
      let asked = 0;
      // It goes on by one with each question, so that no machine is too slow for it.
      const clock = { now: () => NOW, monotonicMs: () => ++asked };
      return evaluate(named(about), { store, trust, clock, policy, budgetMs: looks, ...options });
    },
  };
}
