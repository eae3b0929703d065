/** One image and a pool of signatures on it, by several people and machines: a case takes those that it wants to be there. */
import { generateKeyPairSync } from "node:crypto";
import type { Descriptor } from "../../src/core/descriptor.ts";
import type { Digest } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import { PRODUCT_ANNOTATION } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Signer } from "../../src/core/signer.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import type { TrustSource } from "../../src/core/trust-source.ts";
import { createBareSigner } from "../../src/keys/signer.ts";
import { signBytes } from "../../src/pki/signature.ts";
import { crlDistributionPoints, subjectAltNames } from "../../src/pki/x509/extension-writer.ts";
import { nameOf } from "../../src/pki/x509/name.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { sign } from "../../src/sign.ts";
import { pushImage } from "../../src/testing/image.ts";

export const NOW: Date = new Date("2026-09-01T12:00:00Z");
export const REVOCABLE = "revocable";
export const HOUR: number = 3_600_000;

/** What one signature of the pool is. */
export interface Signed {
  /** By this key, in a bundle, without a certificate: there is no name, anchor or expiry then. */
  readonly key?: string;
  readonly commonName: string;
  /** Its root is in the store ca:acme. */
  readonly isAnchored: boolean;
  readonly product?: string;
  readonly isExpired: boolean;
}

export interface SigningWorld {
  readonly digest: Digest;
  readonly trust: TrustSource;
  /** The leaf of whoever has this common name, in DER. */
  certificateOf(commonName: string): Uint8Array;
  /** The public key of this name, in PEM. */
  keyOf(name: string): string;
  readonly pool: readonly { readonly signed: Signed; readonly signature: Descriptor }[];
  /** The image with these signatures; those `hidden` are listed and cannot be fetched. */
  show(
    chosen: readonly { readonly signature: Descriptor; readonly hidden?: boolean }[],
    options?: { readonly complete?: boolean },
  ): ReadonlyStore;
}

interface Person {
  readonly commonName: string;
  readonly isAnchored: boolean;
  readonly signer: Signer;
  readonly root: Uint8Array;
}

export async function certify(
  commonName: string,
  isAnchored: boolean,
  { hoursAgo, days }: { readonly hoursAgo: number; readonly days: number } = { hoursAgo: 240, days: 30 },
): Promise<Person> {
  const { certificates, leafKey } = await createTestChain({
    now: new Date(NOW.getTime() - hoursAgo * HOUR),
    days,
    name: `${commonName} ${isAnchored ? "acme" : "elsewhere"}`,
    subject: nameOf({ C: "US", O: "Acme", CN: commonName }),
    leafExtensions: [
      subjectAltNames([
        { type: "uri", value: `https://acme.io/${commonName}` },
        { type: "dns", value: `${commonName.toLowerCase()}.acme.io` },
        { type: "email", value: `${commonName}@acme.io` },
      ]),
      // Whoever is called so has a certificate that could be revoked, which this version cannot ask about.
      ...(commonName === REVOCABLE ? [crlDistributionPoints(["http://ca.acme.io/list.crl"])] : []),
    ],
  });
  const root = certificates.at(-1);
  if (root === undefined) throw new TypeError("a chain has a root");
  const signer: Signer = {
    algorithm: "ES256",
    chain: certificates,
    sign: (bytes) => Promise.resolve(signBytes({ algorithm: "ES256", privateKey: leafKey, bytes })),
  };
  return { commonName, isAnchored, signer, root };
}

/** `commonNames` sign as each of `products` and as none, in time and too early; a stranger signs in the first one's name. So do `keys`, which know no expiry. */
export async function makeSigningWorld(
  commonNames: readonly string[],
  products: readonly string[],
  keys: readonly string[] = [],
): Promise<SigningWorld> {
  const people = await Promise.all(commonNames.map((name) => certify(name, true)));
  const stranger = await certify(commonNames[0] ?? "nobody", false);
  const store = openMemoryStore();
  const image = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }] });
  const reference = parseReference(`registry.example/app@${image.digest}`);
  const pool: { signed: Signed; signature: Descriptor }[] = [];
  for (const { commonName, isAnchored, signer } of [...people, stranger]) {
    for (const product of [undefined, ...products]) {
      for (const isExpired of [false, true]) {
        const { signature } = await sign(reference, {
          store,
          signer,
          clock: { now: () => new Date(NOW.getTime() - 2 * HOUR) },
          annotations: product === undefined ? {} : { [PRODUCT_ANNOTATION]: product },
          ...(isExpired ? { expires: 3600 } : {}),
        });
        pool.push({ signed: { commonName, isAnchored, isExpired, ...(product === undefined ? {} : { product }) }, signature });
      }
    }
  }
  const pairs = new Map(keys.map((name) => [name, generateKeyPairSync("ec", { namedCurve: "P-256" })]));
  for (const [key, { privateKey }] of pairs) {
    for (const product of [undefined, ...products]) {
      const annotations = product === undefined ? {} : { [PRODUCT_ANNOTATION]: product };
      const { signature } = await sign(reference, { store, signer: createBareSigner({ key: privateKey, keyName: key }), annotations });
      const signed = { key, commonName: "", isAnchored: false, isExpired: false };
      pool.push({ signed: { ...signed, ...(product === undefined ? {} : { product }) }, signature });
    }
  }
  const roots = people.map(({ root }) => root);
  return {
    digest: image.digest,
    // A store of another name holds the stranger's root alone.
    trust: {
      anchors: (name) =>
        Promise.resolve((name.name === "acme" ? roots : [stranger.root]).map((certificate) => ({ certificate, store: name }))),
    },
    certificateOf: (commonName) => {
      const leaf = people.find((person) => person.commonName === commonName)?.signer.chain[0];
      if (leaf === undefined) throw new TypeError(`nobody is called ${commonName}`);
      return leaf;
    },
    keyOf: (name) => {
      const pair = pairs.get(name);
      if (pair === undefined) throw new TypeError(`no key is called ${name}`);
      return pair.publicKey.export({ type: "spki", format: "pem" }) as string;
    },
    pool,
    show: (chosen, { complete = true } = {}) => {
      const hidden = new Set(chosen.filter((entry) => entry.hidden === true).map(({ signature }) => signature.digest));
      const referrers = chosen.map(({ signature }) => signature);
      return {
        ...store,
        referrers: () => Promise.resolve({ referrers, complete, notes: [], sources: ["index"] }),
        fetch: (descriptor, call) =>
          hidden.has(descriptor.digest)
            ? Promise.reject(new CountersignError("store/unreachable", `Cannot read "${descriptor.digest}": nobody answers`))
            : store.fetch(descriptor, call),
      };
    },
  };
}
