/** Key pairs of the test world, each made when it is first asked for. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export type KeyName =
  | "root"
  | "intermediate"
  | "leaf"
  | "stranger"
  | "clockRoot"
  | "clock"
  | "p384"
  | "secp256k1"
  | "rsa2048"
  | "rsa1024"
  | "ed25519";

const MAKERS: Readonly<Record<KeyName, () => KeyPair>> = {
  root: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  intermediate: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  leaf: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  stranger: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  clockRoot: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  clock: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  p384: () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  secp256k1: () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
  rsa2048: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  rsa1024: () => generateKeyPairSync("rsa", { modulusLength: 1024 }),
  ed25519: () => generateKeyPairSync("ed25519"),
};

const made = new Map<KeyName, KeyPair>();

export function keyPair(name: KeyName): KeyPair {
  const known = made.get(name);
  if (known !== undefined) return known;
  const pair = MAKERS[name]();
  made.set(name, pair);
  return pair;
}
