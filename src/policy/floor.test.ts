import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../core/digest.ts";
import { decodeFloor, encodeFloor, type Floor, type SignedVersion, whyBelow } from "./floor.ts";

const of = (text: string): string => digestOf(Buffer.from(text));
const KEY = { name: "shop", repository: "registry.example/policies/shop" };
const FLOOR: Floor = { ...KEY, version: 5, digest: of("v5"), chain: of("v1") };
const seen = (version: number, more: Partial<SignedVersion> = {}): SignedVersion => ({
  ...KEY,
  version,
  digest: of(`v${version}`),
  previous: of(`v${version - 1}`),
  chain: of("v1"),
  ...more,
});

const CASES: readonly (readonly [what: string, seen: SignedVersion, code: string | undefined])[] = [
  ["the same", seen(5), undefined],
  ["the next", seen(6), undefined],
  ["one further on", seen(9), undefined],
  ["the next, of a chain that nobody told", seen(6, { chain: undefined }), undefined],
  ["an older one", seen(4), "policy/rolled-back"],
  ["the first", seen(1, { previous: undefined }), "policy/rolled-back"],
  ["another of the same version", seen(5, { digest: of("other") }), "policy/forked"],
  ["the next after another", seen(6, { previous: of("other") }), "policy/forked"],
  ["the next after none", seen(6, { previous: undefined }), "policy/forked"],
  ["one further on, after none", seen(9, { previous: undefined }), "policy/forked"],
  ["one further on, of another first version", seen(9, { chain: of("other") }), "policy/forked"],
];

for (const [what, version, code] of CASES) {
  test(`after version 5 was seen, ${what} is ${code ?? "let be"}`, () => assert.equal(whyBelow(version, FLOOR)?.code, code));
}

test("a floor is read as it was written, and nothing else for one", () => {
  for (const floor of [FLOOR, { ...KEY, version: Number.MAX_SAFE_INTEGER, digest: of("last") }]) {
    assert.deepEqual(decodeFloor(Buffer.from(encodeFloor(floor)), KEY), floor);
  }
  const { chain: _, ...unchained } = FLOOR;
  assert.deepEqual(decodeFloor(Buffer.from(encodeFloor({ ...unchained, chain: undefined })), KEY), unchained);
  const text = encodeFloor(FLOOR);
  for (let length = 0; length < text.trimEnd().length; length += 1) {
    assert.equal(typeof decodeFloor(Buffer.from(text.slice(0, length)), KEY), "string", `cut at ${length}`);
  }
  const changes: readonly (readonly [from: string, to: string])[] = [
    ["countersign.dev/v1", "countersign.dev/v2"],
    ["PolicyFloor", "Policy"],
    ['"shop"', '"Shop"'],
    ["registry.example", "registry.example2"],
    ['"version": 5', '"version": 0'],
    ['"version": 5', '"version": 5.5'],
    ['"version": 5', '"version": 9007199254740993'],
    ['"version": 5', '"version": 5, "version": 1'],
    ['"digest": "sha256:', '"digest": "sha256:0'],
    ['"chain": "sha256:', '"chain": "md5:'],
  ];
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), from);
    assert.equal(typeof decodeFloor(Buffer.from(text.replace(from, to)), KEY), "string", to);
  }
});
