/** Public keys as SSH writes them. Source: RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, OpenSSH PROTOCOL.u2f. */
import { createPublicKey, hash, type JsonWebKey, type KeyObject } from "node:crypto";
import { encodeBase64Url } from "../../encoding/base64.ts";
import { fingerprintOfDigest } from "../../core/key-fingerprint.ts";
import { malformedSsh, SshReader } from "./wire.ts";

export interface SshKey {
  readonly key: KeyObject;
  /** How its signatures are made. */
  readonly kind: { readonly type: "ed25519" } | { readonly type: "rsa"; readonly bytes: number } | SshCurve;
  /** Of a key in a security token, which signs it along. */
  readonly application?: Uint8Array;
}

interface SshCurve {
  readonly type: "ecdsa";
  /** As the format of a signature names it. */
  readonly name: string;
  readonly hash: "sha256" | "sha384" | "sha512";
  /** Of a coordinate. */
  readonly bytes: number;
}

const CURVES: Readonly<Record<"nistp256" | "nistp384" | "nistp521", SshCurve & { readonly jwk: string }>> = {
  nistp256: { type: "ecdsa", name: "nistp256", hash: "sha256", bytes: 32, jwk: "P-256" },
  nistp384: { type: "ecdsa", name: "nistp384", hash: "sha384", bytes: 48, jwk: "P-384" },
  nistp521: { type: "ecdsa", name: "nistp521", hash: "sha512", bytes: 66, jwk: "P-521" },
};

/** As `ssh-keygen -l` shows a key. */
export function sshFingerprint(blob: Uint8Array): string {
  return fingerprintOfDigest(hash("sha256", blob, "base64"));
}

/** `undefined` for a key of a kind that is not read here: a certificate, DSA. Throws `Malformed`. */
export function decodeSshKey(blob: Uint8Array): SshKey | undefined {
  const reader = new SshReader(blob);
  const key = READERS.get(reader.text())?.(reader);
  if (key !== undefined) reader.end();
  return key;
}

const READERS: ReadonlyMap<string, (reader: SshReader) => SshKey> = new Map([
  ["ssh-ed25519", readEd25519],
  ["ssh-rsa", readRsa],
  ["ecdsa-sha2-nistp256", (reader) => readEcdsa(reader, "nistp256")],
  ["ecdsa-sha2-nistp384", (reader) => readEcdsa(reader, "nistp384")],
  ["ecdsa-sha2-nistp521", (reader) => readEcdsa(reader, "nistp521")],
  ["sk-ssh-ed25519@openssh.com", (reader) => ({ ...readEd25519(reader), application: reader.string() })],
  ["sk-ecdsa-sha2-nistp256@openssh.com", (reader) => ({ ...readEcdsa(reader, "nistp256"), application: reader.string() })],
]);

function readEd25519(reader: SshReader): SshKey {
  const point = reader.string();
  if (point.length !== 32) throw malformedSsh("its Ed25519 key has not 32 bytes");
  return { kind: { type: "ed25519" }, key: fromJwk({ kty: "OKP", crv: "Ed25519", x: encodeBase64Url(point) }) };
}

/** Shorter ones can be broken, longer ones keep a verifier busy. */
const RSA_BYTES = { least: 256, most: 1024 } as const;

function readRsa(reader: SshReader): SshKey {
  const [exponent, modulus] = [reader.positive(), reader.positive()];
  const bytes = modulus.length;
  if (bytes < RSA_BYTES.least || bytes > RSA_BYTES.most || exponent.length > 8) throw malformedSsh(`its RSA key has ${8 * bytes} bits`);
  return { kind: { type: "rsa", bytes }, key: fromJwk({ kty: "RSA", n: encodeBase64Url(modulus), e: encodeBase64Url(exponent) }) };
}

function readEcdsa(reader: SshReader, name: keyof typeof CURVES): SshKey {
  const curve = CURVES[name];
  const isSame = reader.text() === name;
  const point = reader.string();
  if (!isSame || point.length !== 1 + 2 * curve.bytes || point[0] !== 4) throw malformedSsh("its ECDSA key is no point of its curve");
  const { jwk, ...kind } = curve;
  const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)];
  return { kind, key: fromJwk({ kty: "EC", crv: jwk, x: encodeBase64Url(x), y: encodeBase64Url(y) }) };
}

function fromJwk(key: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    // OpenSSL says so of a point that is not on its curve, and of an even modulus or exponent.
    throw malformedSsh("its key is none");
  }
}
