/** `kind: PolicyTest` and `kind: RecordedImage`: bytes -> data, every complaint with its place. */
import { FINDINGS } from "../../core/finding.ts";
import { readMoment } from "../../core/moment.ts";
import { Complaints, readEach, refuseDocument } from "../countersign/complaints.ts";
import { type Place, quote } from "../countersign/place.ts";
import { decodePlace } from "../decode-place.ts";
import { nearestName } from "../nearest.ts";
import { FAULTS, TEST_OBJECTS as OBJECTS } from "./fields.ts";

export type Fault = (typeof FAULTS)[number];

export interface TestCase {
  readonly name: string;
  /** A path, from the document's folder on. */
  readonly image: string;
  readonly at: Date | undefined;
  readonly gate: string | undefined;
  readonly faults: readonly Fault[];
  readonly expect: "pass" | "deny" | "unknown";
  /** A code. */
  readonly because: string | undefined;
}

export interface PolicyTest {
  readonly policy: string;
  readonly cases: readonly TestCase[];
}

export interface RecordedImage {
  /** `oci-archive:api.tar`, from the document's folder on. */
  readonly image: string;
  readonly as: string;
  /** Paths of recorded images, from the document's folder on. */
  readonly bases: readonly string[];
}

/** Throws `CountersignError` `policy/invalid`. */
export function decodePolicyTest(bytes: Uint8Array, { source }: { readonly source: string }): Promise<PolicyTest> {
  return decode(bytes, { source, document: "policy test", read: readPolicyTest });
}

/** Throws the same. */
export function decodeRecordedImage(bytes: Uint8Array, { source }: { readonly source: string }): Promise<RecordedImage> {
  return decode(bytes, { source, document: "recorded image", read: readRecordedImage });
}

interface Decoding<T> {
  readonly source: string;
  readonly document: "policy test" | "recorded image";
  readonly read: (place: Place) => T;
}

async function decode<T>(bytes: Uint8Array, { source, document, read }: Decoding<T>): Promise<T> {
  try {
    return read(await decodePlace(bytes));
  } catch (error) {
    if (error instanceof Complaints) throw refuseDocument(source, error.complaints, document);
    throw error;
  }
}

/** Read to be checked. */
interface Head {
  readonly apiVersion: string | undefined;
  readonly kind: string;
}

function readPolicyTest(document: Place): PolicyTest {
  document.find("kind")?.oneOf(["PolicyTest"]);
  const names = new Set<string>();
  const { policy, cases } = document.object<PolicyTest & Head>(OBJECTS.policyTest, (fields) => ({
    apiVersion: () => fields.optional("apiVersion")?.oneOf(["countersign.dev/v1"]),
    kind: () => fields.required("kind").oneOf(["PolicyTest"]),
    policy: () => fields.required("policy").text("shop.yaml"),
    cases: () =>
      readEach(fields.required("cases").list("a list of cases", `[ ${OBJECTS.testCase.example} ]`), (place) => readCase(place, names)),
  }));
  return { policy, cases };
}

function readCase(document: Place, names: Set<string>): TestCase {
  return document.object<TestCase>(OBJECTS.testCase, (fields) => ({
    name: () => {
      const place = fields.required("name");
      const name = place.text("two managers");
      if (names.has(name)) place.refuse(`is ${quote(name)} again`, "give each case a name of its own");
      names.add(name);
      return name;
    },
    image: () => fields.required("image").text("fx/api.json"),
    at: () => readAt(fields.optional("at")),
    gate: () => fields.optional("gate")?.text("prod"),
    faults: () =>
      fields
        .optional("faults")
        ?.list("a list of faults", "[listing-cut-off]")
        .map((item) => item.oneOf(FAULTS)) ?? [],
    expect: () => fields.required("expect").oneOf(["pass", "deny", "unknown"]),
    because: () => readBecause(fields.optional("because"), fields.optional("expect")),
  }));
}

function readAt(place: Place | undefined): Date | undefined {
  if (place === undefined) return undefined;
  const text = place.text("2026-09-01T10:00Z");
  return readMoment(text) ?? place.refuse(`is ${quote(text)}, which is no moment`, "write 2026-09-01T10:00Z, or a day: 2026-09-01");
}

/** Known, and given by no verdict of this version: a case that expects one is not as expected. */
const NOT_YET: ReadonlySet<string> = new Set(["approvals/author"]);

/** A mistyped code would be looked for in vain, and a case that never had it would seem to be of another kind. */
function readBecause(place: Place | undefined, expect: Place | undefined): string | undefined {
  if (place === undefined) return undefined;
  const code = place.text("evidence/too-old");
  if (!Object.hasOwn(FINDINGS, code) && !NOT_YET.has(code)) {
    const near = nearestName(code, Object.keys(FINDINGS));
    place.refuse(`is ${quote(code)}, which is no code of a finding`, near === undefined ? "docs/errors.md has them all" : `write ${near}`);
  }
  if (expect?.text("deny") === "pass") place.refuse("says what stands in the way of a pass", "take because out, or expect deny or unknown");
  return code;
}

function readRecordedImage(document: Place): RecordedImage {
  document.find("kind")?.oneOf(["RecordedImage"]);
  const { image, as, bases } = document.object<RecordedImage & Head>(OBJECTS.recordedImage, (fields) => ({
    apiVersion: () => fields.optional("apiVersion")?.oneOf(["countersign.dev/v1"]),
    kind: () => fields.required("kind").oneOf(["RecordedImage"]),
    image: () => {
      const place = fields.required("image");
      const text = place.text("oci-archive:api.tar");
      if (/^oci(-archive)?:./.test(text)) return text;
      return place.refuse(
        `is ${quote(text)}, and what is recorded is in a file`,
        "countersign copy REF oci-archive:api.tar, and write oci-archive:api.tar",
      );
    },
    as: () => fields.required("as").text("registry.acme.io/api"),
    bases: () =>
      fields
        .optional("bases")
        ?.list("a list of recorded images", "[ node.json ]")
        .map((item) => item.text("node.json")) ?? [],
  }));
  return { image, as, bases };
}
