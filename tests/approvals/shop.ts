/** A shop whose image is built from signed commits and approved by people, with certificates and a bare key, at a gate that asks for two of three. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { attest } from "../../src/attest.ts";
import type { ApprovalSaid, StatementHead } from "../../src/core/decision.ts";
import { type Digest, parseDigest } from "../../src/core/digest.ts";
import { PRODUCT_ANNOTATION } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { ReadonlyStore, Store } from "../../src/core/store.ts";
import type { TrustSource } from "../../src/core/trust-source.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { type CountersignPolicy, decodePolicy } from "../../src/policy/countersign/document.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { writeApproval } from "../../src/statements/decisions/approval.ts";
import { writeDisown } from "../../src/statements/decisions/disown.ts";
import { APPROVAL_V1, DISOWN_V1, PROVENANCE_V1, SOURCE_V1 } from "../../src/statements/predicate-types.ts";
import { writeSource } from "../../src/statements/source/predicate.ts";
import { pushImage } from "../../src/testing/image.ts";
import { type Attester, HOUR, makeAttester, makeKeyHolder, makeKeyPair, NOW, trustOf } from "../evidence/world.ts";
import { type Developer, makeCommit, makeDeveloper, type RawCommit } from "./commits.ts";

/** Eva, finn and gus are asked, and ana is not; mallory is in no policy. */
export type PersonName = "eva" | "finn" | "gus" | "ana" | "mallory";

const [evasKeys, gussKeys] = [makeKeyPair(), makeKeyPair()];
const [ci, eva, gus, ana, mallory, evaByGuss, finnByEvas] = await Promise.all([
  makeAttester("ci-api"),
  makeAttester("eva", [], evasKeys),
  makeAttester("gus", [], gussKeys),
  makeAttester("ana"),
  makeAttester("mallory"),
  makeAttester("eva", [], gussKeys),
  makeAttester("finn", [], evasKeys),
]);
const finn = makeKeyHolder("finn");
export const PEOPLE: Readonly<Record<PersonName, Attester>> = { eva, finn, gus, ana, mallory };

/** With certificates of their own that are of the key of another person. */
export const BY_OTHERS_KEYS: Readonly<Record<"eva" | "finn", Attester>> = { eva: evaByGuss, finn: finnByEvas };

/** With their keys for commits. */
export const DEVELOPERS: Readonly<Record<PersonName, Developer>> = {
  eva: makeDeveloper("eva"),
  finn: makeDeveloper("finn"),
  gus: makeDeveloper("gus"),
  ana: makeDeveloper("ana"),
  mallory: makeDeveloper("mallory"),
};

/** A site that signs what people change there, and is listed. */
export const FORGE: Developer = makeDeveloper("forge");

const APPROVE = { by: "release", atLeast: 2, valid: "72h" };

const BUILDER = "https://ci.acme.io/runner";

function certificate(name: string): object {
  return { certificate: { anchor: "ca:acme", subject: { CN: name, O: "Acme", C: "US" } } };
}

function pemOf({ identity }: Attester): string {
  const { publicKey } = identity as { publicKey: Uint8Array };
  return String(createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" }).export({ type: "spki", format: "pem" }));
}

function person(name: Exclude<PersonName, "mallory">): object {
  const known = { ...certificate(name), ...(name === "finn" ? { key: pemOf(finn) } : {}) };
  return { ...known, git: [{ ssh: DEVELOPERS[name].fingerprint }], authors: [`${name}@acme.io`] };
}

/** `approve` of gate prod, and of gate build if anybody has to approve there. */
function makePolicy({ approve = {}, before, signedBy, forges = {} }: ShopOptions): Promise<CountersignPolicy> {
  const commit = signedBy === undefined ? {} : { commit: { signedBy } };
  const provenance = { ...commit, by: ["ci", "gus"], builder: BUILDER, source: "git+https://git.acme.io/{app}", ref: "refs/heads/main" };
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: { "shop/{app}": { build: "build.acme.io/{app}", prod: "prod.acme.io/{app}" } },
    people: { eva: person("eva"), finn: person("finn"), gus: person("gus"), ana: person("ana") },
    forges: { forge: { git: [{ ssh: FORGE.fingerprint }] }, ...forges },
    parties: { ci: certificate("ci-{app}"), release: { people: ["eva", "finn", "gus"] } },
    gates: {
      build: { needs: [{ provenance }], ...(before === undefined ? {} : { approve: { ...APPROVE, ...before } }) },
      prod: { after: "build", approve: { ...APPROVE, ...approve } },
    },
  };
  return decodePolicy(Buffer.from(JSON.stringify(document)), { source: "shop.yaml" });
}

export interface Word extends Partial<Omit<ApprovalSaid, "head">> {
  readonly app?: string;
  /** prod unless told. */
  readonly gate?: "build" | "prod";
  readonly head?: Partial<StatementHead>;
  readonly hoursAgo?: number;
  /** Of the signature. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Shop {
  /** Of the image. */
  readonly digest: Digest;
  readonly store: Store;
  readonly policy: CountersignPolicy;
  /** Digest of the evidence of where the image was built. */
  readonly provenance: Digest;
  /** The digest of what was said. */
  say(by: Attester, word?: Word): Promise<Digest>;
  disown(by: Attester, commit: string): Promise<void>;
  verify(options?: {
    readonly app?: string;
    readonly gate?: string;
    readonly store?: ReadonlyStore;
    readonly policy?: CountersignPolicy;
  }): Promise<Verdict>;
}

export interface ShopOptions {
  /** More of what gate prod asks. */
  readonly approve?: object;
  /** What gate build asks of approvals, if it does. */
  readonly before?: object;
  /** Who must have signed the commits. */
  readonly signedBy?: string;
  /** Beside the one that is always listed. */
  readonly forges?: object;
  /** The last one is what the image was built from. */
  readonly commits?: readonly RawCommit[];
  /** Brought along: all of them unless told. */
  readonly carried?: readonly RawCommit[];
  readonly builtBy?: "ci" | "gus";
  /** By a builder that the policy does not ask for. */
  readonly isBuiltElsewhere?: boolean;
}

export function trustOfShop(): TrustSource {
  return trustOf([ci, eva, gus, ana, mallory, evaByGuss, finnByEvas]);
}

/** An image that ci has built from a commit of ana's, unless told. */
export async function makeShop(options: ShopOptions = {}): Promise<Shop> {
  const { commits = [makeCommit(DEVELOPERS.ana)], carried = commits, builtBy = "ci", isBuiltElsewhere = false } = options;
  const policy = await makePolicy(options);
  const store = openMemoryStore();
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }] });
  const image = parseReference(`prod.acme.io/api@${digest}`);
  const headOf = ({ app = "api", gate = "prod" }: Word) => {
    const selection = policy.select(`${gate}.acme.io/${app}`, gate);
    assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
    const { gateTerms, ...head } = selection.gate.head;
    return { gateTerms, head: { ...head, policyChain: parseDigest(policy.digest) } };
  };
  const put = async (
    by: Attester,
    [predicateType, predicate]: readonly [string, unknown],
    { hoursAgo = 1, annotations = {} }: Pick<Word, "hoursAgo" | "annotations"> = {},
  ): Promise<Digest> => {
    const clock = { now: () => new Date(NOW.getTime() - hoursAgo * HOUR) };
    const { evidence } = await attest(image, { store, signer: by.signer, predicateType, predicate, clock, annotations });
    return evidence.digest;
  };
  const head = commits.at(-1)?.id ?? "";
  const product = { annotations: { [PRODUCT_ANNOTATION]: "shop/api" } };
  const resolved = { uri: "git+https://git.acme.io/api@refs/heads/main", digest: { gitCommit: head } };
  const built = {
    buildDefinition: { buildType: "https://ci.acme.io/v1", externalParameters: {}, resolvedDependencies: [resolved] },
    runDetails: { builder: { id: isBuiltElsewhere ? "https://elsewhere.io" : BUILDER } },
  };
  const provenance = await put(builtBy === "ci" ? ci : gus, [PROVENANCE_V1, built], product);
  const source = writeSource({ objectFormat: "sha1", head, commits: carried.map(({ raw }) => raw), tags: [] });
  if (carried.length > 0) await put(ci, [SOURCE_V1, source], product);
  const said = (word: Word) => ({
    head: { ...headOf(word).head, ...word.head },
    signedAt: new Date(NOW.getTime() - (word.hoursAgo ?? 1) * HOUR),
    policyDigest: parseDigest(policy.digest),
  });
  return {
    digest,
    store,
    policy,
    provenance,
    say: (by, word = {}) => {
      const { app: _, gate: __, head: ___, hoursAgo: ____, annotations: _____, ...parts } = word;
      const plain = { decision: "approved" as const, evidence: [], supersedes: [], overrules: [], despite: false };
      const approval = { ...plain, gateTerms: headOf(word).gateTerms, ...parts, ...said(word) };
      return put(by, [APPROVAL_V1, writeApproval({ ...approval, policyDigest: word.policyDigest ?? approval.policyDigest })], word);
    },
    disown: async (by, commit) => void (await put(by, [DISOWN_V1, writeDisown({ ...said({}), commit })])),
    verify: ({ app = "api", gate = "prod", ...more } = {}) =>
      evaluate(parseReference(`${gate}.acme.io/${app}@${digest}`), {
        store,
        policy,
        gate,
        trust: trustOfShop(),
        clock: { now: () => NOW },
        ...more,
      }),
  };
}
