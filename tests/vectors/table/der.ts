/** Faults in the DER of the signer's certificate. All but those of the outermost element are signed by the right issuer. */
import { TBS, extension } from "../certificate.ts";
import { at, bits, element, type Element, flag, integer, oid, raw, sequence, text, write } from "../der-tree.ts";
import { type Plan, statement } from "../plan.ts";
import type { Vector } from "../vector.ts";

type Fault = Omit<Vector, "outcome">;

const SUBJECT_ALT_NAME = "2.5.29.17";

function editTbs(edit: (tbs: Element) => void): (plan: Plan) => void {
  return (plan) => void (plan.leaf.editSigned = edit);
}

/** The leaf's outermost element with another length field. */
function outerLength(...length: readonly number[]): (plan: Plan) => void {
  return (plan) => {
    plan.leaf.editWhole = (whole) => {
      const content = write(whole).subarray(4);
      whole.instead = Buffer.concat([
        Uint8Array.of(0x30, ...length.map((byte) => (byte === -1 ? content.length >> 8 : byte === -2 ? content.length & 255 : byte))),
        content,
      ]);
    };
  };
}

const HIGH = -1;
const LOW = -2;

function nested(depth: number): Element {
  let inner = sequence();
  for (let level = 0; level < depth; level += 1) inner = sequence(inner);
  return inner;
}

function withAlternativeName(name: Element): (plan: Plan) => void {
  return (plan) => void plan.leaf.extensions.push({ oid: SUBJECT_ALT_NAME, critical: false, value: sequence(name) });
}

/** The last relative name of the subject with two attributes, in the order given; only `*` fits such a name. */
function twoAttributes(...order: readonly [type: string, value: string][]): (plan: Plan) => void {
  return (plan) => {
    statement(plan)["trustedIdentities"] = ["*"];
    plan.leaf.editSigned = (tbs) => {
      at(tbs, TBS.subject, 3).content = order.map(([type, value]) => sequence(oid(type), text(value)));
    };
  };
}

/** The value of the leaf's common name, as an element. */
function commonName(value: Element): (plan: Plan) => void {
  return editTbs((tbs) => {
    const attribute = at(tbs, TBS.subject, 3, 0);
    attribute.content = [oid("2.5.4.3"), value];
  });
}

const FAULTS: readonly Fault[] = [
  {
    name: "byte after the certificate",
    comment: "X.690: one element",
    code: "der/trailing-bytes",
    fault: (plan) => void (plan.leaf.editBytes = (der) => Buffer.concat([der, Uint8Array.of(0)])),
  },
  {
    name: "byte after the basic constraints",
    comment: "an extension holds one element",
    code: "der/trailing-bytes",
    fault: (plan) => void (extension(plan.leaf, "basicConstraints").value = raw(Uint8Array.of(0x30, 0, 0))),
  },
  {
    name: "certificate that is cut off",
    comment: "lengths are checked before anything is read",
    code: "der/truncated",
    fault: (plan) => void (plan.leaf.editBytes = (der) => der.subarray(0, -1)),
  },
  {
    name: "certificate of no bytes",
    comment: "an empty entry of x5c",
    code: "der/truncated",
    fault: (plan) => void (plan.leaf.editBytes = () => new Uint8Array()),
  },
  {
    name: "certificate of indefinite length",
    comment: "X.690 10.1",
    code: "der/indefinite-length",
    fault: outerLength(0x80),
  },
  {
    name: "length with a leading zero",
    comment: "X.690 10.1: the fewest bytes",
    code: "der/length",
    fault: outerLength(0x83, 0, HIGH, LOW),
    twin: outerLength(0x82, HIGH, LOW),
  },
  {
    name: "length of eight bytes",
    comment: "more than any certificate has",
    code: "der/length",
    fault: outerLength(0x88, 0, 0, 0, 0, 0, 0, HIGH, LOW),
  },
  {
    name: "serial number that is a byte string",
    comment: "RFC 5280 4.1",
    code: "der/tag",
    fault: editTbs((tbs) => void (at(tbs, TBS.serial).tag = 0x04)),
  },
  {
    name: "text for a certificate",
    comment: "PEM in place of DER",
    code: "der/tag",
    fault: (plan) =>
      void (plan.leaf.editBytes = (der) => Buffer.from(`-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}`)),
  },
  {
    name: "padded serial number",
    comment: "X.690 8.3.2",
    code: "der/integer",
    fault: editTbs((tbs) => void (at(tbs, TBS.serial).content = Uint8Array.of(0, 0x2a))),
    twin: editTbs((tbs) => void (at(tbs, TBS.serial).content = Uint8Array.of(0, 0xaa))),
  },
  {
    name: "empty serial number",
    comment: "X.690 8.3.1",
    code: "der/integer",
    fault: editTbs((tbs) => void (at(tbs, TBS.serial).content = new Uint8Array())),
  },
  {
    name: "critical flag of 01",
    comment: "X.690 11.1: FF for true",
    code: "der/boolean",
    fault: editTbs((tbs) => void (at(tbs, TBS.extensions, 0, 0, 1).content = Uint8Array.of(1))),
  },
  {
    name: "critical flag of FALSE written out",
    comment: "X.690 11.5: defaults are left out",
    code: "der/default",
    fault: editTbs((tbs) => {
      const purpose = at(tbs, TBS.extensions, 0, 2);
      const [name, value] = purpose.content as Element[];
      if (name !== undefined && value !== undefined) purpose.content = [name, flag(false), value];
    }),
  },
  {
    name: "version 1 written out",
    comment: "X.690 11.5",
    code: "der/default",
    fault: editTbs((tbs) => void (at(tbs, TBS.version, 0).content = Uint8Array.of(0))),
  },
  {
    name: "padded object identifier",
    comment: "X.690 8.19.2",
    code: "der/oid",
    fault: (plan) => void (extension(plan.leaf, "extendedKeyUsage").value = sequence(element(0x06, Uint8Array.of(0x2b, 0x80, 0x06, 0x01)))),
    twin: (plan) => void (extension(plan.leaf, "extendedKeyUsage").value = sequence(element(0x06, Uint8Array.of(0x2b, 0x06, 0x01)))),
  },
  {
    name: "empty object identifier",
    comment: "X.690 8.19",
    code: "der/oid",
    fault: (plan) => void (extension(plan.leaf, "extendedKeyUsage").value = sequence(element(0x06, new Uint8Array()))),
  },
  {
    name: "bit string with unused bits that are set",
    comment: "X.690 11.2.1",
    code: "der/bit-string",
    fault: (plan) => void (extension(plan.leaf, "keyUsage").value = bits(Uint8Array.of(0x81), 7)),
    twin: (plan) => void (extension(plan.leaf, "keyUsage").value = bits(Uint8Array.of(0x80), 7)),
  },
  {
    name: "bit string with nine unused bits",
    comment: "X.690 8.6.2.2",
    code: "der/bit-string",
    fault: (plan) => void (extension(plan.leaf, "keyUsage").value = bits(Uint8Array.of(0x80), 9)),
  },
  {
    name: "time without seconds",
    comment: "RFC 5280 4.1.2.5.1",
    code: "der/time",
    fault: editTbs((tbs) => void (at(tbs, TBS.validity, 1).content = Buffer.from("2601010000Z"))),
    twin: editTbs((tbs) => void (at(tbs, TBS.validity, 1).content = Buffer.from("260101000000Z"))),
  },
  {
    name: "31 February",
    comment: "JavaScript's Date would roll it over",
    code: "der/time",
    fault: editTbs((tbs) => void (at(tbs, TBS.validity, 1).content = Buffer.from("260231000000Z"))),
  },
  {
    name: "time with an offset",
    comment: "RFC 5280 4.1.2.5.1: Z",
    code: "der/time",
    fault: editTbs((tbs) => void (at(tbs, TBS.validity, 1).content = Buffer.from("260101000000+0100"))),
  },
  {
    name: "control character in a PrintableString",
    comment: "X.680 41.4",
    code: "der/string",
    fault: editTbs((tbs) => void (at(tbs, TBS.subject, 3, 0).content = [oid("2.5.4.3"), text("c\u0001", 0x13)])),
    twin: editTbs((tbs) => void (at(tbs, TBS.subject, 3, 0).content = [oid("2.5.4.3"), text("ci", 0x13)])),
  },
  {
    name: "UTF8String that is not UTF-8",
    comment: "X.690 8.23.10",
    code: "der/string",
    fault: editTbs((tbs) => void (at(tbs, TBS.subject, 3, 0).content = [oid("2.5.4.3"), element(0x0c, Uint8Array.of(0xc0, 0x80))])),
  },
  {
    name: "members of a set out of order",
    comment: "X.690 11.6",
    code: "der/order",
    fault: twoAttributes(["2.5.4.7", "Seattle"], ["2.5.4.3", "ci"]),
    twin: twoAttributes(["2.5.4.3", "ci"], ["2.5.4.7", "Seattle"]),
  },
  {
    name: "elements nested too deeply",
    comment: "a bound on the depth keeps the reader's stack its own",
    code: "der/depth",
    fault: withAlternativeName(element(0xa0, [oid("1.2.3"), element(0xa0, [nested(60)])])),
    twin: withAlternativeName(element(0xa0, [oid("1.2.3"), element(0xa0, [nested(10)])])),
  },
  {
    name: "name with a value that claims four gigabytes",
    comment: "CVE-2023-25656: a value of any type was expanded without bound",
    code: "der/truncated",
    fault: commonName(raw(Uint8Array.of(0x04, 0x84, 0xff, 0xff, 0xff, 0xff))),
    twin: commonName(text("#0484ffffffff")),
  },
  {
    name: "name with a value that is no text",
    comment: "CVE-2023-25656: printed as =# and read again",
    code: "der/string",
    fault: commonName(element(0x04, Uint8Array.of(1, 2))),
  },
  {
    name: "negative serial number",
    comment: "RFC 5280 4.1.2.2",
    code: "certificate/malformed",
    fault: editTbs((tbs) => void (at(tbs, TBS.serial).content = Uint8Array.of(0x80))),
  },
  {
    name: "empty list of key purposes",
    comment: "RFC 5280 4.2.1.12: at least one",
    code: "certificate/malformed",
    fault: (plan) => void (extension(plan.leaf, "extendedKeyUsage").value = sequence()),
  },
  {
    name: "certificate of version 2 with extensions",
    comment: "RFC 5280 4.1.2.9",
    code: "certificate/version",
    fault: editTbs((tbs) => void (at(tbs, TBS.version).content = [integer(1)])),
  },
  {
    name: "certificate of version 4",
    comment: "RFC 5280 4.1.2.1",
    code: "certificate/version",
    fault: editTbs((tbs) => void (at(tbs, TBS.version).content = [integer(3)])),
  },
  {
    name: "two signature algorithms",
    comment: "RFC 5280 4.1.1.2: only the inner one is signed",
    code: "certificate/algorithm-mismatch",
    fault: (plan) => void (plan.leaf.editWhole = (whole) => void (at(whole, 1).content = [oid("1.2.840.10045.4.3.3")])),
  },
  {
    name: "extension twice",
    comment: "RFC 5280 4.2",
    code: "certificate/duplicate-extension",
    fault: (plan) => void plan.leaf.extensions.push(extension(plan.leaf, "basicConstraints")),
  },
];

export const DER_VECTORS: readonly Vector[] = FAULTS.map((fault) => ({ ...fault, outcome: "deny" }));
