/** The commits of the pool: one of each kind, and what comes after it. */
import { type Developer, makeCommit, makeDeveloper, type RawCommit } from "../approvals/commits.ts";
import type { CommitFact } from "./slow-commits.ts";

/** Parents come first. Who signs is told by the name of the key. */
export const COMMITS: readonly CommitFact[] = [
  { name: "root", parents: [], signer: "ana's", isBroken: false },
  { name: "left", parents: ["root"], signer: "bo's", isBroken: false },
  { name: "right", parents: ["root"], signer: "ana's", isBroken: false },
  { name: "merge", parents: ["left", "right"], signer: "ana's", isBroken: false },
  { name: "foreign", parents: ["root"], signer: "nobody's", isBroken: false },
  { name: "after", parents: ["foreign"], signer: "ana's", isBroken: false },
  { name: "bare", parents: ["root"], isBroken: false },
  { name: "late", parents: ["bare"], signer: "bo's", isBroken: false },
  { name: "forged", parents: ["root"], signer: "ana's", isBroken: true },
];

export interface PooledCommits {
  idOf(name: string): string;
  rawOf(name: string): Uint8Array;
  /** Of the key of this name. */
  fingerprintOf(key: string): string;
}

export function makeCommits(): PooledCommits {
  const developers = new Map(["ana's", "bo's", "nobody's"].map((key) => [key, makeDeveloper(key)]));
  const made = new Map<string, RawCommit>();
  const developerOf = (key: string): Developer => developers.get(key) ?? fail(key);
  const commitOf = (name: string): RawCommit => made.get(name) ?? fail(name);
  for (const { name, parents, signer, isBroken } of COMMITS) {
    const signed = signer === undefined ? "not" : isBroken ? "badly" : "well";
    made.set(
      name,
      makeCommit(developerOf(signer ?? "nobody's"), { author: name, parents: parents.map((parent) => commitOf(parent).id), signed }),
    );
  }
  return {
    idOf: (name) => commitOf(name).id,
    rawOf: (name) => commitOf(name).raw,
    fingerprintOf: (key) => developerOf(key).fingerprint,
  };
}

function fail(what: string): never {
  throw new TypeError(`the pool has no ${what}`);
}
