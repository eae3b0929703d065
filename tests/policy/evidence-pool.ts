/** An image, an index of images, and statements about them, each really signed: a case says what hangs where, and gets a store that holds it. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestHex, type Digest } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { Statement } from "../../src/core/evidence.ts";
import { ASSERTED_ANNOTATION, PRODUCT_ANNOTATION } from "../../src/core/policy.ts";
import type { Signer } from "../../src/core/signer.ts";
import type { Listing, ReadonlyStore, Store } from "../../src/core/store.ts";
import type { TrustSource } from "../../src/core/trust-source.ts";
import { writeAttached } from "../../src/formats/attached/manifest.ts";
import { createBareSigner } from "../../src/keys/signer.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { signSubject } from "../../src/sign.ts";
import { encodeStatement } from "../../src/statements/statement.ts";
import { certify, HOUR, NOW } from "./signing-world.ts";
import { predicateOf, predicateTypeOf } from "./evidence-predicates.ts";
import { makeCommits, type PooledCommits } from "./pool-commits.ts";
import { type BaseName, type ManifestName, pushBases, pushImages } from "./pool-images.ts";
import type { SaidFact } from "./slow-evidence.ts";
import type { SignatureFact } from "./slow-policy.ts";

/** A statement as a case wants it. */
export interface PooledStatement extends SaidFact {
  readonly carrier: "attached" | "bundle";
  /** What its entry of the listing says: of which type it is and what it states, the first alone, or nothing. */
  readonly listed: "claimed" | "typed" | "bare";
  /** What cannot be fetched. */
  readonly hides: "nothing" | "all" | "signatures";
}

export interface PooledSignature extends SignatureFact {
  readonly on: ManifestName;
  readonly listed: PooledStatement["listed"];
}

export interface Shown {
  readonly statements: readonly PooledStatement[];
  readonly signatures: readonly (PooledSignature & { readonly isHidden: boolean })[];
  /** Manifests of which not everything is listed. */
  readonly cutOff: readonly ManifestName[];
  /** Manifests that cannot be fetched, and images whose configuration cannot. */
  readonly unread: readonly ManifestName[];
  readonly configsUnread: readonly ManifestName[];
  /** On images that others are built on. */
  readonly baseSignatures: readonly (SignatureFact & { readonly on: BaseName; readonly isHidden: boolean })[];
  readonly basesUnread: readonly BaseName[];
}

export interface EvidencePool {
  readonly trust: TrustSource;
  digestOf(manifest: ManifestName): Digest;
  /** The public key of this name, in PEM. */
  keyOf(name: string): string;
  readonly commits: PooledCommits;
  show(shown: Shown): Promise<ReadonlyStore>;
  /** Where bases are. */
  showBases(shown: Shown): Promise<ReadonlyStore>;
}

interface Made {
  readonly listed: Descriptor;
  /** On the statement's own manifest, where it has one. */
  readonly signatures: readonly Descriptor[];
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TypeError(`the pool has no ${what}`);
  return value;
}

export async function makeEvidencePool(
  commonNames: readonly string[],
  keys: readonly string[],
  { areBased = false }: { readonly areBased?: boolean } = {},
): Promise<EvidencePool> {
  const store = openMemoryStore();
  const { manifests, configs } = await pushImages(store, { areBased });
  const baseStore = openMemoryStore();
  const bases = await pushBases(baseStore);
  const commits = makeCommits();
  const people = await Promise.all(commonNames.map((name) => certify(name, true)));
  const stranger = await certify(commonNames[0] ?? "nobody", false);
  const pairs = new Map(keys.map((name) => [name, generateKeyPairSync("ec", { namedCurve: "P-256" })]));
  const signerOf = ({ key, commonName, isAnchored }: SignatureFact): Signer => {
    if (key !== undefined) return createBareSigner({ key: found(pairs.get(key), key).privateKey, keyName: key });
    const person = isAnchored ? people.find((one) => one.commonName === commonName) : stranger;
    return found(person, commonName).signer;
  };
  const signOptions = (fact: SignatureFact, to: Store = store): Omit<Parameters<typeof signSubject>[1], "name" | "statement"> => ({
    store: to,
    signer: signerOf(fact),
    clock: { now: () => new Date(NOW.getTime() - (fact.hoursAgo ?? 2) * HOUR) },
    annotations: fact.product === undefined ? {} : { [PRODUCT_ANNOTATION]: fact.product },
    ...(fact.isExpired ? { expires: 3600 } : {}),
  });
  const descriptorOf = (name: string): Descriptor => found(manifests.get(name as ManifestName), name);

  const statementOf = (said: PooledStatement): Statement => ({
    subjects: said.about.map((name) => ({
      // Two who say the same say it in two documents.
      name: JSON.stringify(said.signatures),
      digest: { sha256: digestHex(descriptorOf(name).digest) },
      ...(said.isAsserted ? { annotations: { [ASSERTED_ANNOTATION]: "true" } } : {}),
    })),
    predicateType: predicateTypeOf(said.kind),
    predicate: said.isBroken
      ? { broken: true }
      : predicateOf(said, { ...commits, digestOfBase: (name) => digestHex(found(bases.get(name as BaseName), name).digest) }),
  });

  const make = async (said: PooledStatement): Promise<Made> => {
    const subject = descriptorOf(said.hangsOn);
    const statement = statementOf(said);
    const [first] = said.signatures;
    if (said.carrier === "bundle") {
      const { signature } = await signSubject(subject, { ...signOptions(found(first, "signer of a bundle")), statement, name: "a bundle" });
      return { listed: asListed(signature, said.listed), signatures: [] };
    }
    const { predicateType } = statement;
    const chain = said.signatures.flatMap((fact) => signerOf(fact).chain);
    const artifact = writeAttached({ subject, statement: encodeStatement(statement), predicateType, chain });
    await Promise.all(artifact.blobs.map((blob) => store.pushBlob(blob.descriptor, blob.bytes)));
    await store.pushManifest(artifact.descriptor, artifact.bytes);
    const { mediaType, digest, size } = artifact.descriptor;
    const signatures = [];
    for (const fact of said.signatures) {
      const { signature } = await signSubject({ mediaType, digest, size }, { ...signOptions(fact), name: "a statement" });
      signatures.push(signature);
    }
    return { listed: asListed(artifact.descriptor, said.listed), signatures };
  };

  const pool = new Map<string, Promise<unknown>>();
  const once = <T>(key: object, made: () => Promise<T>): Promise<T> => {
    const text = JSON.stringify(key);
    const known = pool.get(text) ?? made();
    pool.set(text, known);
    return known as Promise<T>;
  };

  const show = async ({ statements, signatures, cutOff, unread, configsUnread }: Shown): Promise<ReadonlyStore> => {
    const hanging = new Map<Digest, Descriptor[]>();
    const hidden = new Set<Digest>([
      ...unread.map((name) => descriptorOf(name).digest),
      ...configsUnread.map((name) => found(configs.get(name), name).digest),
    ]);
    const hang = (on: Digest, entry: Descriptor): void => void hanging.set(on, [...(hanging.get(on) ?? []), entry]);
    for (const { hides, ...said } of statements) {
      const { listed, signatures: own } = await once(said, () => make({ ...said, hides }));
      hang(descriptorOf(said.hangsOn).digest, listed);
      for (const signature of own) if (hanging.get(listed.digest)?.includes(signature) !== true) hang(listed.digest, signature);
      for (const { digest } of hides === "all" ? [listed] : hides === "signatures" ? own : []) hidden.add(digest);
    }
    for (const { isHidden, listed, ...fact } of signatures) {
      const subject = descriptorOf(fact.on);
      const { signature } = await once(fact, () => signSubject(subject, { ...signOptions(fact), name: fact.on }));
      hang(subject.digest, asListed(signature, listed));
      if (isHidden) hidden.add(signature.digest);
    }
    const cut = new Set(cutOff.map((name) => descriptorOf(name).digest));
    return {
      ...store,
      referrers: (subject, { artifactTypes } = {}): Promise<Listing> => {
        const complete = !cut.has(subject);
        const notes = complete ? [] : [{ code: "listing/cut-off" as const, message: "there is more" }];
        const isWanted = ({ artifactType }: Descriptor): boolean =>
          artifactType === undefined || artifactTypes?.includes(artifactType) !== false;
        const referrers = distinct(hanging.get(subject) ?? []).filter(isWanted);
        return Promise.resolve({ referrers, complete, notes, sources: ["api"] });
      },
      fetch: (descriptor, call) =>
        hidden.has(descriptor.digest) ? Promise.reject(nobodyAnswers(descriptor.digest)) : store.fetch(descriptor, call),
    };
  };

  const showBases = async ({ baseSignatures, basesUnread }: Shown): Promise<ReadonlyStore> => {
    const hanging = new Map<Digest, Descriptor[]>();
    const hidden = new Set<Digest>();
    for (const { isHidden, on, ...fact } of baseSignatures) {
      const subject = found(bases.get(on), on);
      const { signature } = await once({ on, ...fact }, () => signSubject(subject, { ...signOptions(fact, baseStore), name: on }));
      hanging.set(subject.digest, [...(hanging.get(subject.digest) ?? []), signature]);
      if (isHidden) hidden.add(signature.digest);
    }
    const unread = new Set(basesUnread.map((name) => found(bases.get(name), name).digest));
    return {
      ...baseStore,
      resolve: (target, call) =>
        target.digest !== undefined && unread.has(target.digest)
          ? Promise.reject(nobodyAnswers(target.digest))
          : baseStore.resolve(target, call),
      referrers: (subject): Promise<Listing> =>
        Promise.resolve({ referrers: distinct(hanging.get(subject) ?? []), complete: true, notes: [], sources: ["api"] }),
      fetch: (descriptor, call) =>
        hidden.has(descriptor.digest) ? Promise.reject(nobodyAnswers(descriptor.digest)) : baseStore.fetch(descriptor, call),
    };
  };

  return {
    trust: { anchors: (name) => Promise.resolve(people.map(({ root }) => ({ certificate: root, store: name }))) },
    digestOf: (name) => descriptorOf(name).digest,
    keyOf: (name) => pemOf(found(pairs.get(name), name).publicKey),
    commits,
    show,
    showBases,
  };
}

function nobodyAnswers(digest: Digest): CountersignError {
  return new CountersignError("store/unreachable", `Cannot read "${digest}": nobody answers`);
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }) as string;
}

/** Who lists knows what is claimed, only the type, or neither. */
function asListed(entry: Descriptor, listed: PooledStatement["listed"]): Descriptor {
  const { annotations: _, artifactType, ...bare } = entry;
  if (listed === "claimed") return entry;
  return listed === "bare" || artifactType === undefined ? bare : { ...bare, artifactType };
}

function distinct(entries: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}
