/** What a public key is, read from its SubjectPublicKeyInfo. Source: RFC 5280 4.1.2.7, RFC 3279, RFC 5480. */
import { createPublicKey, type KeyObject } from "node:crypto";
import type { KeyKind } from "../core/algorithm.ts";
import { Malformed } from "../core/malformed.ts";
import { type DerReader, decodeDer } from "../encoding/der-reader.ts";
import { CURVES, KEY_OIDS } from "./oids.ts";

export function decodeKeyKind(spki: Uint8Array): KeyKind {
  return decodeDer(spki, (reader) =>
    reader.sequence((info) => {
      const key = info.sequence((algorithm) => {
        const oid = algorithm.oid();
        if (oid === KEY_OIDS.rsaEncryption) {
          algorithm.null();
          return decodeRsa;
        }
        if (oid === KEY_OIDS.ecPublicKey) return ecDecoder(algorithm);
        if (!algorithm.atEnd) algorithm.any();
        return (): KeyKind => ({ type: "other", name: oid });
      });
      return key(info.bitStringBytes());
    }),
  );
}

/** Of a public key, or of the one that goes with a private key. */
export function keyKindOf(key: KeyObject): KeyKind {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return decodeKeyKind(publicKey.export({ type: "spki", format: "der" }));
}

function decodeRsa(bytes: Uint8Array): KeyKind {
  return decodeDer(bytes, (reader) =>
    reader.sequence((key) => {
      const [modulus, exponent] = [key.integerBytes(), key.integerBytes()];
      if ((modulus[0] ?? 0) >= 0x80 || (exponent[0] ?? 0) >= 0x80)
        throw new Malformed("certificate/key", "an RSA key has a negative number");
      // Counted in whole bytes, as notation does: a modulus of 2047 bits is a key of 2048.
      return { type: "rsa", bits: 8 * (modulus[0] === 0 ? modulus.length - 1 : modulus.length) };
    }),
  );
}

function ecDecoder(algorithm: DerReader): (point: Uint8Array) => KeyKind {
  // Written-out curve parameters are refused: a curve with another generator can forge for a known key (CVE-2020-0601).
  const oid = algorithm.oid();
  return (point) => {
    const known = CURVES[oid];
    if (known === undefined) return { type: "other", name: `EC ${oid}` };
    const length = point[0] === 4 ? 1 + 2 * known.bytes : 1 + known.bytes;
    if ((point[0] !== 2 && point[0] !== 3 && point[0] !== 4) || point.length !== length) {
      throw new Malformed("certificate/key", "an EC key is not a point of its curve");
    }
    return { type: "ec", curve: known.curve };
  };
}

/** As a person knows it: `RSA-2048`, `EC-256`. */
export function formatKeyKind(kind: KeyKind): string {
  if (kind.type === "rsa") return `RSA-${kind.bits}`;
  return kind.type === "ec" ? kind.curve.replace("P-", "EC-") : kind.name;
}
