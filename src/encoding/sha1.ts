/** SHA-1 that refuses bytes made for a collision, as git's does. Source: FIPS 180-4 6.1; Stevens, "Counter-cryptanalysis" (CRYPTO 2013); Stevens and Shumow, "Speeding up detection of SHA-1 collision attacks" (USENIX Security 2017). */
import { Malformed } from "../core/malformed.ts";

const BLOCK = 64;
const STEPS = 80;

/**
 * Throws `Malformed` for bytes of which a part goes with other bytes of the same hash: whoever made them can have
 * shown the others to those who looked at them.
 */
export function sha1(bytes: Uint8Array): Uint8Array {
  const padded = pad(bytes);
  const view = new DataView(padded.buffer);
  const words = new Int32Array(STEPS);
  const value = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  for (let offset = 0; offset < padded.length; offset += BLOCK) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(offset + 4 * i);
    for (let i = 16; i < STEPS; i++) words[i] = rotate(at(words, i - 3) ^ at(words, i - 8) ^ at(words, i - 14) ^ at(words, i - 16), 1);
    compress(value, words);
  }
  const digest = new DataView(new ArrayBuffer(20));
  value.forEach((word, i) => digest.setInt32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, 8n * BigInt(bytes.length));
  return padded;
}

/** Adds a block, of which `words` are the message schedule, to the chaining value. */
function compress(value: Int32Array, words: Int32Array): void {
  const at58 = run(value, words, { from: 0, to: 58 });
  const at65 = run(at58, words, { from: 58, to: 65 });
  const last = run(at65, words, { from: 65, to: STEPS });
  for (let i = 0; i < 5; i++) value[i] = at(value, i) + at(last, i);
  for (const { mask, meeting } of DIFFERENCES) {
    if (!hasTwin(meeting === 58 ? at58 : at65, { words, mask, meeting, value })) continue;
    throw new Malformed("git/collision", "it is made to have the same SHA-1 as something else");
  }
}

/** Whether the block that differs by `mask`, and goes through the same state, ends with the same chaining value. */
function hasTwin(
  state: Int32Array,
  { words, mask, meeting, value }: Difference & { readonly words: Int32Array; readonly value: Int32Array },
): boolean {
  const others = new Int32Array(STEPS);
  for (let i = 0; i < STEPS; i++) others[i] = at(words, i) ^ at(mask, i);
  const first = runBack(state, others, meeting);
  const last = run(state, others, { from: meeting, to: STEPS });
  return value.every((word, i) => word === ((at(first, i) + at(last, i)) | 0));
}

function run(state: Int32Array, words: Int32Array, { from, to }: { readonly from: number; readonly to: number }): Int32Array {
  let [a, b, c, d, e] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3), at(state, 4)];
  for (let i = from; i < to; i++) {
    const next = (((rotate(a, 5) + mix(i, b, c, d)) | 0) + ((e + at(words, i)) | 0)) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  return Int32Array.of(a, b, c, d, e);
}

/** The state at the start, from that before step `from`. */
function runBack(state: Int32Array, words: Int32Array, from: number): Int32Array {
  let [a, b, c, d, e] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3), at(state, 4)];
  for (let i = from - 1; i >= 0; i--) {
    const next = a;
    a = b;
    b = rotate(c, 2);
    c = d;
    d = e;
    e = (((next - rotate(a, 5)) | 0) - ((mix(i, b, c, d) + at(words, i)) | 0)) | 0;
  }
  return Int32Array.of(a, b, c, d, e);
}

/** The function of step `i`, and its constant; in 32 bits throughout, or V8 counts in doubles. */
function mix(i: number, b: number, c: number, d: number): number {
  if (i < 20) return (((b & c) | (~b & d)) + 0x5a827999) | 0;
  if (i < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0;
  if (i < 60) return (((b & c) | (b & d) | (c & d)) - 0x70e44324) | 0;
  return ((b ^ c ^ d) - 0x359d3e2a) | 0;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function at(words: Int32Array, i: number): number {
  return words[i] ?? 0;
}

/** How the message schedules of two colliding blocks differ, and a step before which their states are the same. */
interface Difference {
  readonly mask: Int32Array;
  readonly meeting: 58 | 65;
}

/** Bits of the differing words, from word K on; each is rotated by b. The two types of disturbance vectors that attacks are made from. */
const TYPES = {
  I: [[4], [29, 31], [], [29], [29], [], [], [], [], [], [], [], [], [], [], [0]],
  II: [[29], [31], [4], [], [4, 29], [29, 31], [], [29], [29], [], [], [], [], [], [], [0]],
} as const;

type Vector = readonly [type: keyof typeof TYPES, k: number, b: number];

/** Those of which attacks could be cheaper than trying: the table of the second paper, and of git. */
const VECTORS: readonly Vector[] = [
  ...[43, 44, 45, 46, 47, 48, 49, 50, 51, 52].map((k): Vector => ["I", k, 0]),
  ...[46, 47, 48, 49, 50, 51].map((k): Vector => ["I", k, 2]),
  ...[45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56].map((k): Vector => ["II", k, 0]),
  ...[46, 49, 50, 51].map((k): Vector => ["II", k, 2]),
];

const DIFFERENCES: readonly Difference[] = VECTORS.map(([type, k, b]) => ({ mask: maskOf([type, k, b]), meeting: k < 50 ? 58 : 65 }));

/** The sixteen words fix all others, because the message schedule is linear. */
function maskOf([type, k, b]: Vector): Int32Array {
  const mask = new Int32Array(STEPS);
  TYPES[type].forEach((bits, i) => {
    for (const bit of bits) mask[k + i] = at(mask, k + i) ^ rotate(1 << bit, b);
  });
  for (let i = k + 16; i < STEPS; i++) mask[i] = rotate(at(mask, i - 3) ^ at(mask, i - 8) ^ at(mask, i - 14) ^ at(mask, i - 16), 1);
  for (let i = k - 1; i >= 0; i--) mask[i] = rotate(at(mask, i + 16), 31) ^ at(mask, i + 13) ^ at(mask, i + 8) ^ at(mask, i + 2);
  return mask;
}
