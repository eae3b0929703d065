/** Where verification gets its anchors; implemented by `trust/`, handed in by `setup`. */

import type { TimeScheme } from "./signature.ts";

export type TrustStoreType = "ca" | "signingAuthority" | "tsa";

/** Which stores a signature's scheme may rest on. Source: Notary trust store specification, "trust store types". */
export function storeTypeFor(scheme: TimeScheme): TrustStoreType {
  return scheme === "authority" ? "signingAuthority" : "ca";
}

/** A named trust store, written `type:name`. */
export interface TrustStoreName {
  readonly type: TrustStoreType;
  readonly name: string;
}

export function formatStore({ type, name }: TrustStoreName): string {
  return `${type}:${name}`;
}

/** Each once. */
export function distinctStores(stores: readonly TrustStoreName[]): readonly TrustStoreName[] {
  return [...new Map(stores.map((store) => [formatStore(store), store])).values()];
}

type Anchored = { readonly kind: "certificate"; readonly anchor: TrustStoreName } | { readonly kind: "key" | "keyless" | "oidc" };

/** By which somebody is known; each once. */
export function storesOf(identities: readonly Anchored[]): readonly TrustStoreName[] {
  return distinctStores(identities.flatMap((identity) => (identity.kind === "certificate" ? [identity.anchor] : [])));
}

export interface TrustAnchor {
  /** DER. */
  readonly certificate: Uint8Array;
  /** The store it came from. */
  readonly store: TrustStoreName;
}

/**
 * The anchors that a chain contains, any certificate of it, in the order of `anchors`. They are compared byte for byte: two
 * certificates of one name and key are two anchors. Source: Notary specification, "Signature evaluation", authenticity.
 */
export function anchorsIn(chain: readonly Uint8Array[], anchors: readonly TrustAnchor[]): readonly TrustAnchor[] {
  return anchors.filter(({ certificate }) => chain.some((der) => Buffer.compare(der, certificate) === 0));
}

export interface TrustSource {
  /** Every anchor of the store; throws `CountersignError` `trust/…` if it is missing, empty or unreadable. */
  anchors(store: TrustStoreName): Promise<readonly TrustAnchor[]>;
}

/** Of all of these stores; throws as the source does. */
export async function loadAnchors(stores: readonly TrustStoreName[], trust: Pick<TrustSource, "anchors">): Promise<readonly TrustAnchor[]> {
  return (await Promise.all(stores.map((store) => trust.anchors(store)))).flat();
}
