/** Names of trust stores, `type:name`, as policies and the command line write them. */
import type { TrustStoreName, TrustStoreType } from "../core/trust-source.ts";

export const TRUST_STORE_TYPES: readonly TrustStoreType[] = ["ca", "signingAuthority", "tsa"];

/** Source: Notary trust-store specification, "Trust Store". `.` and `..` fit its grammar, and would leave the folder. */
export function isTrustStoreName(name: string): boolean {
  return /^[a-zA-Z0-9_.-]{1,255}$/.test(name) && name !== "." && name !== "..";
}

/** The name in `text`; `refuse` gets what is wrong with it, in words. */
export function parseTrustStoreName(text: string, refuse: (state: string) => never): TrustStoreName {
  const colon = text.indexOf(":");
  if (colon < 0) return refuse(`"${text}" is not TYPE:NAME, such as ca:acme; there are ${TRUST_STORE_TYPES.join(", ")}`);
  const type = TRUST_STORE_TYPES.find((known) => known === text.slice(0, colon));
  if (type === undefined) return refuse(`"${text.slice(0, colon)}" is no type of trust store; there are ${TRUST_STORE_TYPES.join(", ")}`);
  const name = text.slice(colon + 1);
  if (!isTrustStoreName(name)) return refuse(`"${name}" is no name of a trust store: letters, digits and _ . - make one`);
  return { type, name };
}
