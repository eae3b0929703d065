/** Faults in how a COSE envelope is written: CBOR and COSE_Sign1. */
import { type Item, Pairs, Raw, Tag, writeCbor } from "../cbor-tree.ts";
import { PAYLOAD_TYPE, type Plan, SCHEME, SIGNING_TIME } from "../plan.ts";
import type { Vector } from "../vector.ts";

type Fault = Omit<Vector, "formats" | "outcome">;

const CRIT = 2;
const X5CHAIN = 33;

function nested(depth: number): Item {
  let item: Item = 0;
  for (let level = 0; level < depth; level += 1) item = [item];
  return item;
}

function editUnprotected(edit: (map: Pairs) => Item): (plan: Plan) => void {
  return (plan) => void (plan.cose.unprotectedMap = edit);
}

/** One value of the protected header, before it is signed. */
function setProtected(label: Item, item: Item): (plan: Plan) => void {
  return (plan) => {
    plan.cose.protectedMap = (map) => new Pairs(map.entries.map(([key, value]) => [key, key === label ? item : value]));
  };
}

function replaceItem(place: number, item: Item): (plan: Plan) => void {
  return (plan) => void (plan.cose.items = (items) => void (items[place] = item));
}

const FAULTS: readonly Fault[] = [
  {
    name: "protected header with a key twice",
    comment: "RFC 9052 1.4: duplicate labels make it malformed",
    code: "cbor/duplicate-key",
    fault: (plan) => {
      plan.cose.protectedMap = (map) => {
        map.entries.push([3, PAYLOAD_TYPE]);
        return map;
      };
    },
  },
  {
    name: "unprotected header with a key twice",
    comment: "RFC 9052 1.4",
    code: "cbor/duplicate-key",
    fault: editUnprotected((map) => new Pairs([...map.entries, [X5CHAIN, []]])),
  },
  {
    name: "list of indefinite length",
    comment: "RFC 8949 4.2.1: definite lengths only",
    code: "cbor/indefinite-length",
    fault: (plan) =>
      void (plan.cose.document = (items) => new Tag(18, new Raw(0x9f, ...items.flatMap((item) => [...writeCbor(item)]), 0xff))),
  },
  {
    name: "text of indefinite length in the protected header",
    comment: "RFC 8949 4.2.1",
    code: "cbor/indefinite-length",
    fault: setProtected(3, new Raw(0x7f, ...writeCbor(PAYLOAD_TYPE), 0xff)),
  },
  {
    name: "byte after the envelope",
    comment: "a second item could be the envelope to another reader",
    code: "cbor/trailing-bytes",
    fault: (plan) => void (plan.editEnvelope = (bytes) => Buffer.concat([bytes, Uint8Array.of(0xf6)])),
  },
  {
    name: "byte after the protected map",
    comment: "the byte string holds one map",
    code: "cbor/trailing-bytes",
    fault: (plan) => void (plan.cose.protectedMap = (map) => new Raw(...writeCbor(map), 0xf6)),
  },
  {
    name: "algorithm that is not in its shortest form",
    comment: "RFC 8949 4.2.1",
    code: "cbor/invalid",
    fault: setProtected(1, new Raw(0x38, 0x06)),
  },
  {
    name: "signing time as a float",
    comment: "signature-envelope-cose: tag 1 and an integer",
    code: "cbor/invalid",
    fault: setProtected(SIGNING_TIME, new Raw(0xc1, 0xfb, 0x41, 0xda, 0x04, 0xca, 0x80, 0x00, 0x00, 0x00)),
  },
  {
    name: "envelope that is cut off",
    comment: "lengths are checked before anything is set aside for them",
    code: "cbor/invalid",
    fault: (plan) => void (plan.editEnvelope = (bytes) => bytes.subarray(0, -1)),
  },
  {
    name: "byte string that claims an exabyte",
    comment: "nothing is allocated on a claim",
    code: "cbor/invalid",
    fault: replaceItem(3, new Raw(0x5b, 0x10, 0, 0, 0, 0, 0, 0, 0)),
  },
  {
    name: "items nested too deeply",
    comment: "a bound on the depth keeps the reader's stack its own",
    code: "cbor/invalid",
    fault: editUnprotected((map) => new Pairs([...map.entries, ["deep", nested(20)]])),
    twin: editUnprotected((map) => new Pairs([...map.entries, ["deep", nested(8)]])),
  },
  {
    name: "map key that is a byte string",
    comment: "RFC 9052 1.4: labels are integers or text",
    code: "cbor/invalid",
    fault: editUnprotected((map) => new Pairs([...map.entries, [Uint8Array.of(1), 0]])),
    twin: editUnprotected((map) => new Pairs([...map.entries, [99, 0]])),
  },
  {
    name: "text that is not UTF-8",
    comment: "RFC 8949 3.1",
    code: "cbor/invalid",
    fault: editUnprotected((map) => new Pairs([...map.entries, ["note", new Raw(0x61, 0xff)]])),
    twin: editUnprotected((map) => new Pairs([...map.entries, ["note", new Raw(0x61, 0x7e)]])),
  },
  {
    name: "untagged COSE_Sign1",
    comment: "signature-envelope-cose: tagged",
    code: "cose/structure",
    fault: (plan) => void (plan.cose.document = (items) => new Raw(...writeCbor(items))),
  },
  {
    name: "COSE_Sign in place of COSE_Sign1",
    comment: "tag 98 has several signers",
    code: "cose/structure",
    fault: (plan) => void (plan.cose.document = (items) => new Tag(98, items)),
  },
  {
    name: "five elements",
    comment: "RFC 9052 4.2",
    code: "cose/structure",
    fault: (plan) => void (plan.cose.items = (items) => void items.push(0)),
  },
  {
    name: "payload that is nil",
    comment: "a detached payload is not the Notary Project's",
    code: "cose/structure",
    fault: replaceItem(2, null),
  },
  {
    name: "protected header that is not in a byte string",
    comment: "RFC 9052 3",
    code: "cose/structure",
    fault: replaceItem(0, new Pairs([])),
  },
  {
    name: "protected byte string that holds a list",
    comment: "RFC 9052 3",
    code: "cose/structure",
    fault: (plan) => void (plan.cose.protectedMap = (map) => [map]),
  },
  {
    name: "empty protected header",
    comment: "RFC 9052 3: written as no bytes; there is no algorithm then",
    code: "header/critical-missing",
    fault: (plan) => void (plan.cose.protectedMap = () => new Raw()),
  },
  {
    name: "certificates inside and outside the protected header",
    comment: "notary 1.15: read both places, refuse both at once",
    code: "cose/header-twice",
    fault: (plan) => void (plan.cose.protectedMap = (map) => new Pairs([...map.entries, [X5CHAIN, []]])),
    twin: (plan) => {
      // The specification allows either place; notation reads only the other.
      let moved: [Item, Item] | undefined;
      const { protected: headers } = plan;
      plan.chain = ((chain) => (made) => {
        const certificates = chain(made);
        headers.set("x5c", certificates);
        plan.unprotected.set("x5c", []);
        return certificates;
      })(plan.chain);
      plan.cose.unprotectedMap = (map) => {
        moved = map.entries.find(([key]) => key === X5CHAIN);
        return new Pairs(map.entries.filter((entry) => entry !== moved));
      };
    },
  },
  {
    name: "one certificate without a list",
    comment: "RFC 9360 allows it, the Notary Project does not",
    code: "header/type",
    fault: editUnprotected(
      (map) => new Pairs(map.entries.map(([key, value]) => [key, key === X5CHAIN && Array.isArray(value) ? (value[0] ?? 0) : value])),
    ),
  },
  {
    name: "timestamp that is text",
    comment: "signature-envelope-cose: a byte string",
    code: "header/type",
    fault: (plan) => void plan.unprotected.set("io.cncf.notary.timestampSignature", "AAAA"),
  },
  {
    name: "signing time without a tag",
    comment: "signature-envelope-cose: tag 1",
    code: "header/time-format",
    fault: setProtected(SIGNING_TIME, 1_746_086_400),
    twin: setProtected(SIGNING_TIME, new Tag(1, 1_746_086_400)),
  },
  {
    name: "signing time as tagged text",
    comment: "tag 0 is refused by notation",
    code: "header/time-format",
    fault: setProtected(SIGNING_TIME, new Tag(0, "2025-05-01T08:00:00Z")),
  },
  {
    name: "critical list that names alg",
    comment: "RFC 9052 3.1: labels 0 to 8 are not listed",
    code: "header/critical-forbidden",
    fault: setProtected(CRIT, [SCHEME, 1]),
  },
];

export const COSE_VECTORS: readonly Vector[] = FAULTS.map((fault) => ({ ...fault, formats: ["cose"], outcome: "deny" }));
