/** Faults in what proves the time. */
import { createCertificate, extension, nameTree } from "../certificate.ts";
import { at, bits, element, type Element, flag, integer, oid, sequence, time, write } from "../der-tree.ts";
import { type Plan, statement } from "../plan.ts";
import {
  attribute,
  attributeNamed,
  clockRoot,
  CONTENT_TYPE,
  goodToken,
  INFO,
  MESSAGE_DIGEST,
  PLACES,
  SIGNER,
  SIGNING_CERTIFICATE,
  SIGNING_CERTIFICATE_V2,
  SIGNING_TIME,
  type TokenPlan,
  unknownExtension,
} from "../timestamp.ts";
import type { Vector } from "../vector.ts";

type Change = (plan: Plan) => void;

function both(...changes: readonly Change[]): Change {
  return (plan) => changes.forEach((change) => change(plan));
}

function now(moment: string): Change {
  return (plan) => void (plan.now = new Date(moment));
}

/** A policy that wants a timestamp, and a signature that has one; the store holds the root of the clock as it is, or another. */
function stamped(change: (token: TokenPlan) => void = () => undefined, trusted: "own" | "other" = "own"): Change {
  return (plan) => {
    const token = goodToken();
    change(token);
    plan.token = token;
    const root = clockRoot(trusted === "own" ? token : { ...token, root: { ...token.root, key: "stranger", issuerKey: "stranger" } });
    const { anchors } = plan;
    plan.anchors = (made) => ({ ...anchors(made), "tsa/clock/root.der": root });
    statement(plan)["trustStores"] = ["ca:acme", "tsa:clock"];
  };
}

function afterCertExpiry(plan: Plan): void {
  statement(plan).signatureVerification["verifyTimestamp"] = "afterCertExpiry";
}

function unrevoked(plan: Plan): void {
  statement(plan).signatureVerification["override"] = { revocation: "log" };
}

function childrenOf(node: Element): Element[] {
  if (node.content instanceof Uint8Array) throw new Error("the element has no parts");
  return node.content;
}

function replaceAttribute(type: string, ...values: Element[]): (token: TokenPlan) => void {
  return (token) =>
    void (token.editAttributes = (attributes) => void (attributeNamed(attributes, type).content = attribute(type, ...values).content));
}

function dropAttribute(type: string): (token: TokenPlan) => void {
  return (token) =>
    void (token.editAttributes = (attributes) => void attributes.splice(attributes.indexOf(attributeNamed(attributes, type)), 1));
}

function addAttribute(made: () => Element): (token: TokenPlan) => void {
  return (token) => void (token.editAttributes = (attributes) => void attributes.push(made()));
}

/** The place is of a finished token, so what stands there is not signed, or the signature no longer fits. */
function put(path: readonly number[], replacement: Element): (token: TokenPlan) => void {
  return (token) =>
    void (token.editToken = (tree) => {
      const place = at(tree, ...path);
      place.tag = replacement.tag;
      place.content = replacement.content;
    });
}

function inInfo(index: number, replacement: Element): (token: TokenPlan) => void {
  return (token) =>
    void (token.editInfo = (info) => {
      const place = at(info, index);
      place.tag = replacement.tag;
      place.content = replacement.content;
    });
}

/** Indefinite lengths for all that holds the signed parts, and the content in pieces, as some authorities write it. */
function asBer(token: TokenPlan): void {
  token.editToken = (tree) => {
    const content = at(tree, ...PLACES.content);
    const bytes = content.content as Uint8Array;
    content.instead = indefinite(0x24, [element(0x04, bytes.subarray(0, 9)), element(0x04, bytes.subarray(9))]);
    for (const path of [[1, 0, 2, 1], PLACES.certificates, [1, 0], [1], []]) {
      const node = at(tree, ...path);
      node.instead = indefinite(node.tag, childrenOf(node));
    }
  };
}

function indefinite(tag: number, children: readonly Element[]): Uint8Array {
  return Buffer.concat([Uint8Array.of(tag, 0x80), ...children.map(write), Uint8Array.of(0, 0)]);
}

function withPurposes(critical: boolean, ...purposes: readonly string[]): (token: TokenPlan) => void {
  return ({ authority }) => Object.assign(extension(authority, "extendedKeyUsage"), { critical, value: sequence(...purposes.map(oid)) });
}

const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const SHA_1 = "1.3.14.3.2.26";
const EXTENDED_KEY_USAGE = "2.5.29.37";

const location = element(0x86, Buffer.from("http://clocks.example/list"));
const revocable = { oid: "2.5.29.31", critical: false, value: sequence(sequence(element(0xa0, [element(0xa0, [location])]))) };

/** A second certificate of the same clock, for another key, that stands beside the first. */
function besides(key: "stranger"): (token: TokenPlan) => Uint8Array {
  return ({ authority, root }) => createCertificate({ ...authority, key }, root);
}

const MALFORMED: readonly (readonly [name: string, comment: string, change: (token: TokenPlan) => void])[] = [
  ["timestamp that is no CMS", "RFC 3161 2.4.2", (token) => void (token.editBytes = () => Uint8Array.of(0x30, 0))],
  ["timestamp with bytes behind it", "", (token) => void (token.editBytes = (bytes) => Buffer.concat([bytes, Uint8Array.of(5, 0)]))],
  ["timestamp that is cut off", "", (token) => void (token.editBytes = (bytes) => bytes.subarray(0, -1))],
  ["timestamp of CMS version 1", "RFC 5652 5.1: what is signed is no plain data", put(PLACES.version, integer(1))],
  ["timestamp whose content is plain data", "id-ct-TSTInfo", put(PLACES.contentType, oid("1.2.840.113549.1.7.1"))],
  [
    "timestamp with two signers",
    "RFC 3161 2.4.2: no other signature than the authority's",
    (token) => void (token.editToken = (tree) => childrenOf(at(tree, ...PLACES.signers)).push(at(tree, ...PLACES.signer))),
  ],
  ["timestamp without a signer", "", (token) => void (token.editToken = (tree) => void (at(tree, ...PLACES.signers).content = []))],
  ["timestamp whose signer info is of version 3", "notation: only version 1", put([...PLACES.signer, SIGNER.version], integer(3))],
  ["timestamp with a signed attribute twice", "RFC 5652 11", addAttribute(() => attribute(CONTENT_TYPE, oid(CODE_SIGNING)))],
  [
    "timestamp with a signed attribute of two values",
    "RFC 5652 11",
    replaceAttribute(CONTENT_TYPE, oid("1.2.840.113549.1.9.16.1.4"), oid("1.2.840.113549.1.9.16.1.4")),
  ],
  ["timestamp of version 2", "RFC 3161 2.4.2", inInfo(INFO.version, integer(2))],
  ["timestamp without seconds", "RFC 3161 2.4.2", (token) => void (token.genTime = "202505010800Z")],
  ["timestamp whose fraction ends in zero", "RFC 3161 2.4.2", (token) => void (token.genTime = "20250501080005.10Z")],
  ["timestamp with an offset", "RFC 3161 2.4.2: UTC", (token) => void (token.genTime = "20250501080005+0000")],
  [
    "timestamp of a SHA-1 imprint",
    "SHA-2 throughout",
    inInfo(INFO.imprint, sequence(sequence(oid(SHA_1)), element(0x04, new Uint8Array(20)))),
  ],
  [
    "timestamp of an imprint that is too short",
    "a hash has its length",
    inInfo(INFO.imprint, sequence(sequence(oid("2.16.840.1.101.3.4.2.1")), element(0x04, new Uint8Array(31)))),
  ],
  [
    "timestamp that must be understood in part",
    "a critical extension that nobody knows",
    (token) => void (token.editInfo = (info) => childrenOf(info).push(element(0xa1, [unknownExtension()]))),
  ],
];

const INVALID: readonly (readonly [name: string, comment: string, change: (token: TokenPlan) => void])[] = [
  [
    "timestamp with another time than was signed",
    "the digest of the content",
    (token) =>
      void (token.editToken = (tree) => {
        const content = at(tree, ...PLACES.content);
        content.content = Buffer.from(
          Buffer.from(content.content as Uint8Array)
            .toString("latin1")
            .replace("2025", "2024"),
          "latin1",
        );
      }),
  ],
  ["timestamp signed by another key", "the signature", (token) => void (token.key = "stranger")],
  [
    "timestamp with an attribute changed",
    "the attributes are signed",
    put([...PLACES.signer, 3, 1, 1, 0], element(0x04, new Uint8Array(32))),
  ],
  ["timestamp of another content type", "contentType names what was signed", replaceAttribute(CONTENT_TYPE, oid(CODE_SIGNING))],
  ["timestamp without content type", "RFC 5652 11.1", dropAttribute(CONTENT_TYPE)],
  ["timestamp without message digest", "RFC 5652 11.2", dropAttribute(MESSAGE_DIGEST)],
  ["timestamp that names no certificate", "RFC 5816", dropAttribute(SIGNING_CERTIFICATE_V2)],
  [
    "timestamp that names its certificate by SHA-1",
    "the older SigningCertificate is no substitute",
    (token) =>
      void (token.editAttributes = (attributes) => {
        const named = attributeNamed(attributes, SIGNING_CERTIFICATE_V2);
        named.content = attribute(SIGNING_CERTIFICATE, sequence(sequence(sequence(element(0x04, new Uint8Array(20)))))).content;
      }),
  ],
  ["timestamp without its certificate", "certReq", (token) => void (token.certificates = () => [])],
  [
    "timestamp that names a certificate beside its signer's",
    "CVE-2026-39984: one certificate answers every question",
    (token) => {
      const other = besides("stranger")(token);
      token.key = "stranger";
      token.certificates = ({ authority }) => [other, authority];
    },
  ],
  [
    "timestamp that says another issuer",
    "the unsigned name must mean the same certificate",
    put([...PLACES.signer, SIGNER.id, 0], sequence()),
  ],
  [
    "timestamp that says another serial number",
    "the unsigned name must mean the same certificate",
    put([...PLACES.signer, SIGNER.id, 1], integer(1)),
  ],
  [
    "timestamp that signs another serial number",
    "issuerSerial must mean the same certificate",
    (token) =>
      void (token.editAttributes = (attributes) => {
        const certificate = at(attributeNamed(attributes, SIGNING_CERTIFICATE_V2), 1, 0, 0, 0);
        childrenOf(certificate).push(sequence(sequence(element(0xa4, [nameTree(token.root.subject)])), integer(1)));
      }),
  ],
  ["timestamp that hashes with SHA-1", "SHA-2 throughout", put([...PLACES.signer, SIGNER.digest], sequence(oid(SHA_1)))],
  [
    "timestamp that is signed with SHA-1",
    "SHA-2 throughout",
    put([...PLACES.signer, SIGNER.algorithm], sequence(oid("1.2.840.10045.4.1"))),
  ],
];

const AUTHORITY: readonly (readonly [name: string, comment: string, change: (token: TokenPlan) => void])[] = [
  ["clock whose purpose is not critical", "RFC 3161 2.3", withPurposes(false, TIME_STAMPING)],
  ["clock with a second purpose", "RFC 3161 2.3: one alone", withPurposes(true, TIME_STAMPING, CODE_SIGNING)],
  ["clock that signs code", "RFC 3161 2.3", withPurposes(true, CODE_SIGNING)],
  [
    "clock of no purpose",
    "RFC 3161 2.3",
    ({ authority }) => void (authority.extensions = authority.extensions.filter((entry) => entry.oid !== EXTENDED_KEY_USAGE)),
  ],
  [
    "clock that is an authority itself",
    "a CA as the leaf",
    ({ authority }) => void (extension(authority, "basicConstraints").value = sequence(flag(true))),
  ],
  [
    "clock that may not sign",
    "keyUsage without digitalSignature",
    ({ authority }) => void (extension(authority, "keyUsage").value = bits(Uint8Array.of(0x40), 6)),
  ],
  [
    "clock with a critical extension that nobody knows",
    "every builder of paths refuses it",
    ({ authority }) => void authority.extensions.push({ oid: "1.3.6.1.4.1.99999.2", critical: true, value: sequence() }),
  ],
  [
    "clock whose root issues other certificates",
    "purposes of an authority hold for what it issues",
    ({ root }) => void root.extensions.push({ oid: EXTENDED_KEY_USAGE, critical: false, value: sequence(oid(CODE_SIGNING)) }),
  ],
  [
    "clock that had run out",
    "valid when the timestamp was made",
    ({ authority }) => void (authority.notAfter = new Date("2025-05-01T08:00:04Z")),
  ],
  ["clock that was not valid yet", "both ends", ({ authority }) => void (authority.notBefore = new Date("2025-05-01T08:00:06Z"))],
  ["clock whose root had run out", "every certificate", ({ root }) => void (root.notAfter = new Date("2025-05-01T08:00:04Z"))],
  [
    "clock that may have run out",
    "the whole of the interval",
    (token) => {
      token.accuracy = 2;
      token.authority.notAfter = new Date("2025-05-01T08:00:06Z");
    },
  ],
  [
    "clock that signed at another time",
    "CMS signingTime, where there is one",
    addAttribute(() => attribute(SIGNING_TIME, time(new Date("2023-12-31T23:59:59Z")))),
  ],
];

function faults(
  code: Vector["code"],
  list: readonly (readonly [name: string, comment: string, change: (token: TokenPlan) => void])[],
): Vector[] {
  return list.map(([name, comment, change]) => ({ name, comment, outcome: "deny", code, fault: stamped(change) }));
}

export const TIMESTAMP_VECTORS: readonly Vector[] = [
  {
    name: "timestamp",
    comment: "the leaf has run out, and was valid when the signature was stamped",
    outcome: "pass",
    code: "time/timestamped",
    fault: both(stamped(), now("2027-01-01T00:00:00Z")),
  },
  {
    name: "timestamp as real authorities write it",
    comment: "BER: indefinite lengths, the content in pieces",
    outcome: "pass",
    code: "time/timestamped",
    fault: stamped(asBer),
  },
  {
    name: "timestamp with fractions, accuracy and the authority's root",
    comment: "RFC 3161 2.4.2",
    outcome: "pass",
    code: "time/timestamped",
    fault: stamped((token) => {
      token.genTime = "20250501080005.125Z";
      token.accuracy = 1;
      token.certificates = ({ root, authority }) => [root, authority];
    }),
  },
  ...faults("time/timestamp-malformed", MALFORMED),
  ...faults("time/timestamp-invalid", INVALID),
  ...faults("time/timestamp-authority", AUTHORITY),
  {
    name: "timestamp of something else",
    comment: "the imprint is over the signature's own bytes",
    outcome: "deny",
    code: "time/timestamp-other",
    fault: stamped((token) => void (token.stamped = Buffer.from("another"))),
    twin: stamped(),
  },
  {
    name: "timestamp that nobody needs and that is another's",
    comment: "it is not signed, so a stranger can have put it there",
    outcome: "pass",
    code: "time/valid",
    fault: both(
      stamped((token) => void (token.stamped = Buffer.from("another"))),
      afterCertExpiry,
    ),
  },
  {
    name: "timestamp of an authority that nobody trusts",
    comment: "the root must be in a tsa store",
    outcome: "deny",
    code: "time/timestamp-untrusted",
    fault: stamped(undefined, "other"),
    twin: stamped(),
  },
  {
    name: "timestamp of a clock whose certificate is signed with SHA-1",
    comment: "that vouches for nothing",
    outcome: "deny",
    code: "time/timestamp-untrusted",
    fault: stamped(({ authority }) => void (authority.signatureHash = "sha1")),
    twin: stamped(),
  },
  {
    name: "timestamp from before the leaf was valid",
    comment: "every certificate of the signing chain, at both ends",
    outcome: "deny",
    code: "time/certificate-not-yet-valid",
    fault: stamped((token) => Object.assign(token, { genTime: "20250101000000Z", accuracy: 1 })),
    twin: stamped((token) => Object.assign(token, { genTime: "20250101000001Z", accuracy: 1 })),
  },
  {
    name: "timestamp from after the leaf had run out",
    comment: "every certificate of the signing chain, at both ends",
    outcome: "deny",
    code: "time/certificate-expired",
    fault: both(
      stamped((token) => Object.assign(token, { genTime: "20260101000000Z", accuracy: 1 })),
      now("2026-02-01T00:00:00Z"),
    ),
    twin: both(
      stamped((token) => Object.assign(token, { genTime: "20251231235959Z", accuracy: 1 })),
      now("2026-02-01T00:00:00Z"),
    ),
  },
  {
    name: "timestamp of an authority that could be revoked",
    comment: "not having asked is not knowing",
    outcome: "unknown",
    code: "time/authority-unchecked",
    fault: stamped(({ authority }) => void authority.extensions.push(revocable)),
    twin: both(
      stamped(({ authority }) => void authority.extensions.push(revocable)),
      unrevoked,
    ),
  },
  {
    name: "timestamp from the time to come",
    comment: "then it is the clock that is wrong",
    outcome: "unknown",
    code: "time/clock-behind",
    fault: both(stamped(), now("2025-05-01T07:55:04Z")),
    twin: both(stamped(), now("2025-05-01T07:55:05Z")),
  },
];
