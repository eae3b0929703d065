/** The six signature algorithms of the Notary Project, as data. */

export type SignatureAlgorithm = "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512";

/** What a public key is, as far as the choice of algorithm goes. RSA: modulus length in bits; EC: NIST curve name. */
export type KeyKind =
  | { readonly type: "rsa"; readonly bits: number }
  | { readonly type: "ec"; readonly curve: "P-256" | "P-384" | "P-521" }
  | { readonly type: "other"; readonly name: string };

interface AlgorithmRow {
  readonly name: SignatureAlgorithm;
  readonly hash: "sha256" | "sha384" | "sha512";
  /** COSE label. Source: RFC 9053 2.1, RFC 8230 2. */
  readonly cose: number;
  readonly key: { readonly type: "rsa"; readonly bits: number } | { readonly type: "ec"; readonly curve: string; readonly bytes: number };
}

export const ALGORITHMS: readonly AlgorithmRow[] = [
  { name: "PS256", hash: "sha256", cose: -37, key: { type: "rsa", bits: 2048 } },
  { name: "PS384", hash: "sha384", cose: -38, key: { type: "rsa", bits: 3072 } },
  { name: "PS512", hash: "sha512", cose: -39, key: { type: "rsa", bits: 4096 } },
  { name: "ES256", hash: "sha256", cose: -7, key: { type: "ec", curve: "P-256", bytes: 32 } },
  { name: "ES384", hash: "sha384", cose: -35, key: { type: "ec", curve: "P-384", bytes: 48 } },
  { name: "ES512", hash: "sha512", cose: -36, key: { type: "ec", curve: "P-521", bytes: 66 } },
];

export function algorithmRow(name: SignatureAlgorithm): AlgorithmRow {
  const row = ALGORITHMS.find((entry) => entry.name === name);
  if (row === undefined) throw new TypeError(`no such algorithm: ${name}`);
  return row;
}

/** The one algorithm that a key signs with, or `undefined` for a key that the Notary Project does not allow. */
export function algorithmForKey(key: KeyKind): SignatureAlgorithm | undefined {
  return ALGORITHMS.find((row) =>
    row.key.type === "rsa" ? key.type === "rsa" && key.bits === row.key.bits : key.type === "ec" && key.curve === row.key.curve,
  )?.name;
}
