/** Makes key pairs of the kinds that can sign. */
import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

export type KeyType = "ec-256" | "ec-384" | "ec-521" | "rsa-2048" | "rsa-3072" | "rsa-4096";

export const KEY_TYPES: readonly KeyType[] = ["ec-256", "ec-384", "ec-521", "rsa-2048", "rsa-3072", "rsa-4096"];

const CURVES = { "ec-256": "P-256", "ec-384": "P-384", "ec-521": "P-521" } as const;

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

export function createKeyPair(type: KeyType): Promise<KeyPair> {
  return type === "ec-256" || type === "ec-384" || type === "ec-521"
    ? generate("ec", { namedCurve: CURVES[type] })
    : generate("rsa", { modulusLength: Number(type.slice("rsa-".length)) });
}
