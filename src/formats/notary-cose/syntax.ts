/** How COSE labels and writes the headers that both serializations have. Source: signature-envelope-cose. */
import { ALGORITHMS, algorithmRow } from "../../core/algorithm.ts";
import { type CborValue, isCborTag } from "../../encoding/cbor.ts";
import type { HeaderSyntax } from "../notary/headers.ts";

/** Source: RFC 9360 2. */
export const X5CHAIN = 33;

/** RFC 8949 3.4.2: seconds since 1970. */
const EPOCH_TIME = 1;
const YEAR_1 = -62_135_596_800;
const YEAR_10000 = 253_402_300_800;

export const coseSyntax: HeaderSyntax<CborValue> = {
  algorithm: 1,
  critical: 2,
  contentType: 3,
  understood: [X5CHAIN],
  // "It MUST only contain parameters apart from integer labels in the range of 0 to 8."
  isRegistered: (label) => typeof label === "number" && label >= 0 && label <= 8,
  readAlgorithm: (value) => ALGORITHMS.find((row) => row.cose === value)?.name,
  writeAlgorithm: (algorithm) => algorithmRow(algorithm).cose,
  readTime: (value) => {
    const item = value as CborValue;
    const seconds = isCborTag(item) && item.tag === EPOCH_TIME ? item.value : undefined;
    return typeof seconds === "number" && seconds >= YEAR_1 && seconds < YEAR_10000 ? new Date(seconds * 1000) : undefined;
  },
  writeTime: (time) => ({ tag: EPOCH_TIME, value: time.getTime() / 1000 }),
};
