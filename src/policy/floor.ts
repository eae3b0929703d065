/** The floor of a signed policy: the newest version that this machine has seen, so that nobody can put an older one in its place. */
import { isObject } from "../core/descriptor.ts";
import { tryParseDigest } from "../core/digest.ts";
import { Malformed } from "../core/malformed.ts";
import { API_VERSION } from "../core/verdict.ts";
import { decodeJson } from "../encoding/json.ts";

/** Where a policy is kept, and what it is called there: what a floor is for. */
export interface PolicyKey {
  readonly name: string;
  /** `host/path`. */
  readonly repository: string;
}

/** One version of a policy, properly signed. */
export interface SignedVersion extends PolicyKey {
  readonly version: number;
  /** Of the document. */
  readonly digest: string;
  /** The same of the version before it, as the document has it. */
  readonly previous?: string | undefined;
  /** The same of its first version, where that is known. */
  readonly chain?: string | undefined;
}

export type Floor = Omit<SignedVersion, "previous">;

export interface BelowFloor {
  readonly code: "policy/rolled-back" | "policy/forked";
  /** Ends a sentence. */
  readonly state: string;
}

/** Why it must not judge where `floor` has been seen; `undefined` where it may. What lies between two versions is not looked at. */
export function whyBelow(seen: SignedVersion, floor: Floor): BelowFloor | undefined {
  const { version, digest, chain } = floor;
  if (seen.version < version) {
    return { code: "policy/rolled-back", state: `it is version ${seen.version}, and version ${version} has been seen on this machine` };
  }
  if (seen.version === version) {
    if (seen.digest === digest) return undefined;
    return { code: "policy/forked", state: `it is another version ${version} than the one that has been seen on this machine, ${digest}` };
  }
  const isOfOtherChain = seen.chain !== undefined && chain !== undefined && seen.chain !== chain;
  const isNext = seen.version === version + 1;
  return seen.previous === undefined || (isNext && seen.previous !== digest) || isOfOtherChain ? followsAnother(seen, floor) : undefined;
}

/** The answer where what lies between the two has shown that one does not lead to the other. */
export function followsAnother(seen: SignedVersion, { version, digest }: Floor): BelowFloor {
  const state = `it is version ${seen.version}, and does not follow the version ${version} that has been seen on this machine, ${digest}`;
  return { code: "policy/forked", state };
}

const KIND = "PolicyFloor";

export function encodeFloor({ name, repository, version, digest, chain }: Floor): string {
  const content = { apiVersion: API_VERSION, kind: KIND, name, repository, version, digest, ...(chain === undefined ? {} : { chain }) };
  return `${JSON.stringify(content, null, 2)}\n`;
}

export const FLOOR_BYTES = 4096;

/** The floor that is kept for this policy, or in words why it is none. */
export function decodeFloor(bytes: Uint8Array, key: PolicyKey): Floor | string {
  const floor = decodeAnyFloor(bytes);
  if (typeof floor === "string") return floor;
  return floor.name === key.name && floor.repository === key.repository ? floor : "it is of another policy";
}

/** The same of whichever policy it is for. */
export function decodeAnyFloor(bytes: Uint8Array): Floor | string {
  let content: unknown;
  try {
    content = decodeJson(bytes, { maxBytes: FLOOR_BYTES });
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
  if (!isObject(content) || content["apiVersion"] !== API_VERSION || content["kind"] !== KIND) return `it is no ${KIND}`;
  const { name, repository, version, digest, chain } = content;
  if (typeof name !== "string" || typeof repository !== "string") return "it does not say of which policy it is";
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1) return "its version is no version";
  if (!isDigest(digest) || (chain !== undefined && !isDigest(chain))) return "a digest in it is none";
  return { name, repository, version, digest, ...(chain === undefined ? {} : { chain }) };
}

function isDigest(value: unknown): value is string {
  return typeof value === "string" && tryParseDigest(value) !== undefined;
}
