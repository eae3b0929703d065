/** Reads one need of a gate: what is asked, and of whom. */
import {
  type AskedOfEvidence,
  type ImageAsked,
  type ProvenanceAsked,
  type SbomAsked,
  type ScanAsked,
  SEVERITIES,
} from "../requirements/asked.ts";
import { parseLicense } from "../requirements/license.ts";
import { parsePackageUrl } from "../requirements/package-url.ts";
import { type CommitNeed, readCommitNeed } from "./commit-signers.ts";
import { readEach } from "./complaints.ts";
import { readOptionalDuration } from "./duration.ts";
import type { PlacedExpression } from "./expressions.ts";
import { OBJECTS } from "./fields.ts";
import { type Named, readNames } from "./name.ts";
import { type Fields, type Place, quote } from "./place.ts";
import { readRepository } from "./products.ts";
import { readExpression } from "./rules.ts";
import { parseTemplate, type Template } from "./template.ts";

export interface SignatureNeed {
  readonly kind: "signature";
  readonly by: readonly Named[];
  readonly atLeast: number;
  /** Where the number stands, or what it stands for. */
  readonly countPlace: Place;
  /** Seconds. */
  readonly maxAge: number | undefined;
  /** The publisher's name for the image. */
  readonly signedAs: PlacedTemplate | undefined;
}

/** Text with the product's variables, and where it stands. */
export interface PlacedTemplate {
  readonly template: Template;
  readonly place: Place;
}

export type EvidenceNeed = AskedOfEvidence & {
  readonly by: readonly Named[];
  /** Seconds. */
  readonly maxAge?: number | undefined;
  /** Of provenance; `asked` has it as it is written. */
  readonly source?: PlacedTemplate | undefined;
  /** Of provenance, the gate of its base; `asked` has its name. */
  readonly base?: Named | undefined;
  /** Of an attestation; `asked` has its text. */
  readonly expr?: PlacedExpression | undefined;
  /** Whose VEX excuses findings of a scan. */
  readonly vexBy?: readonly Named[] | undefined;
  readonly assertedBy?: readonly Named[] | undefined;
  /** Of provenance, where it says how many must agree. */
  readonly agreePlace?: Place | undefined;
  /** Of provenance; `asked` has its baselines. */
  readonly commitsBy?: readonly Named[] | undefined;
};

interface ImageNeed {
  readonly kind: "image";
  readonly asked: ImageAsked;
}

export type Need = SignatureNeed | EvidenceNeed | ImageNeed;

export const NEED_KINDS = ["signature", "provenance", "sbom", "scan", "test", "vex", "attestation", "image"] as const;

export function readNeed(place: Place): Need {
  return place.object<{ need: Need }>(OBJECTS.need, (fields) => ({
    need: () => {
      const { name, value } = fields.only(NEED_KINDS);
      return READERS[name](value);
    },
  })).need;
}

const READERS: Readonly<Record<(typeof NEED_KINDS)[number], (place: Place) => Need>> = {
  signature: (place) => ({
    kind: "signature",
    ...place.object<Omit<SignatureNeed, "kind">>(OBJECTS.signature, (fields) => ({
      by: () => readBy(fields),
      atLeast: () => fields.optional("atLeast")?.count() ?? 1,
      countPlace: () => fields.optional("atLeast") ?? place,
      maxAge: () => readOptionalDuration(fields.optional("maxAge")),
      signedAs: () => readSignedAs(fields.optional("signedAs")),
    })),
  }),
  provenance: readProvenance,
  sbom: readSbom,
  scan: readScan,
  test: (place) => {
    const { result, ...rest } = place.object<{ result: "passed" | "warned" } & Whose>(OBJECTS.test, (fields) => ({
      ...readWhose(fields),
      result: () => fields.optional("result")?.oneOf(["passed", "warned"]) ?? "passed",
    }));
    return { kind: "test", asked: { result }, ...rest };
  },
  vex: (place) => ({
    kind: "vex",
    asked: {},
    ...place.object<{ by: readonly Named[] }>(OBJECTS.vex, (fields) => ({ by: () => readBy(fields) })),
  }),
  attestation: (place) => {
    const { type, expr, ...rest } = place.object<{ type: string; expr: PlacedExpression | undefined } & Whose>(
      OBJECTS.attestation,
      (fields) => ({
        ...readWhose(fields),
        type: () => readUri(fields.required("type")),
        expr: () => readOptionalExpression(fields.optional("expr")),
      }),
    );
    return { kind: "attestation", asked: { type, ...(expr === undefined ? {} : { expr: expr.text }) }, expr, ...rest };
  },
  image: readImage,
};

interface Whose {
  readonly by: readonly Named[];
  readonly maxAge: number | undefined;
  readonly assertedBy: readonly Named[] | undefined;
}

function readWhose(fields: Fields): { readonly [K in keyof Whose]: () => Whose[K] } {
  return {
    by: () => readBy(fields),
    maxAge: () => readOptionalDuration(fields.optional("maxAge")),
    assertedBy: () => readWho(fields.optional("asserted")),
  };
}

function readBy(fields: Fields): readonly Named[] {
  return readNames(fields.required("by"), "the name of a person or party, or a list of them", "ci");
}

function readWho(place: Place | undefined): readonly Named[] | undefined {
  return place?.object<{ by: readonly Named[] }>(OBJECTS.who, (fields) => ({ by: () => readBy(fields) })).by;
}

function readProvenance(place: Place): Need {
  const { by, source, base, commit, agree, ...asked } = place.object<
    {
      by: readonly Named[];
      source: PlacedTemplate | undefined;
      base: Named | undefined;
      commit: CommitNeed | undefined;
      agree: { readonly count: number; readonly place: Place } | undefined;
    } & Undefinable<Omit<ProvenanceAsked, "source" | "base" | "commit" | "agree">>
  >(OBJECTS.provenance, (fields) => ({
    by: () => readBy(fields),
    base: () => {
      const found = fields.optional("base");
      return found === undefined ? undefined : { name: found.text("base"), place: found };
    },
    source: () => readSource(fields.optional("source")),
    commit: () => {
      const found = fields.optional("commit");
      return found === undefined ? undefined : readCommitNeed(found);
    },
    agree: () => readAgree(fields),
    builder: () => fields.optional("builder")?.text("https://ci.acme.io/runner"),
    buildType: () => fields.optional("buildType")?.text("https://ci.acme.io/buildkit/v1"),
    ref: () => {
      const ref = fields.optional("ref");
      if (ref === undefined || fields.optional("source") !== undefined) return ref?.text("refs/heads/main");
      return ref.refuse("is of no source, and every source has such a ref", "name the source too: source: git+https://git.acme.io/shop");
    },
  }));
  return {
    kind: "provenance",
    by,
    source,
    base,
    commitsBy: commit?.signedBy,
    agreePlace: agree?.place,
    asked: withoutAbsent({
      ...asked,
      source: source?.template.text,
      base: base?.name === NO_BASE ? undefined : base?.name,
      commit: commit && { since: commit.since },
      agree: agree?.count,
    }),
  };
}

/** One is enough anyway. */
function readAgree(fields: Fields): { readonly count: number; readonly place: Place } | undefined {
  const place = fields.optional("agree");
  const count = place?.count() ?? 1;
  if (place === undefined || count === 1) return undefined;
  if (fields.optional("builder") === undefined) return { count, place };
  return place.refuse(
    "asks for several builders, and builder names one",
    "take builder out, or write a need for each builder and no agree",
  );
}

/** In place of a gate's name: what a policy that says nothing of bases means too. */
export const NO_BASE = "none";

function readSignedAs(place: Place | undefined): PlacedTemplate | undefined {
  return place && { template: readRepository(place), place };
}

function readSource(place: Place | undefined): PlacedTemplate | undefined {
  if (place === undefined) return undefined;
  const template = parseTemplate(place.text("git+https://git.acme.io/{app}"), (state) =>
    place.refuse(state, "write a variable as {app}, or as {path...} where it stands for several segments"),
  );
  const [scheme, , host] = template.segments;
  if ([scheme, host].some((segment) => segment !== undefined && segment.kind !== "literal"))
    place.refuse("has a variable where it says which host it is at", "write the host out");
  return { template, place };
}

function readSbom(place: Place): Need {
  const { by, assertedBy, ...asked } = place.object<Pick<Whose, "by" | "assertedBy"> & Undefinable<SbomAsked>>(OBJECTS.sbom, (fields) => ({
    by: () => readBy(fields),
    assertedBy: () => readWho(fields.optional("asserted")),
    licenses: () => readLicenses(fields.optional("licenses")),
    deniedPackages: () => readPackages(fields.optional("packages")),
  }));
  return { kind: "sbom", by, assertedBy, asked: { ...withoutAbsent(asked), deniedPackages: asked.deniedPackages ?? [] } };
}

function readLicenses(place: Place | undefined): SbomAsked["licenses"] {
  if (place === undefined) return undefined;
  const { deny, allow, unknown } = place.object<{
    deny: readonly string[];
    allow: readonly string[] | undefined;
    unknown: "allow" | undefined;
  }>(OBJECTS.licenses, (fields) => ({
    deny: () => {
      if (fields.optional("deny") === undefined && fields.optional("allow") === undefined)
        return place.refuse("has neither deny nor allow", `write ${OBJECTS.licenses.example}`);
      return readLicenseList(fields.optional("deny"), "[AGPL-3.0-only]") ?? [];
    },
    allow: () => readLicenseList(fields.optional("allow"), "[Apache-2.0, MIT]"),
    unknown: () => readAllow(fields.optional("unknown")),
  }));
  return { deny, ...withoutAbsent({ allow, unknown }) };
}

function readPackages(place: Place | undefined): readonly string[] {
  if (place === undefined) return [];
  return place.object<{ deny: readonly string[] }>(OBJECTS.packages, (fields) => ({
    deny: () => {
      const list = fields.required("deny");
      return readEach(list.list("a list of package URLs", '["pkg:npm/event-stream"]'), (item) => {
        const text = item.text('"pkg:npm/event-stream"');
        if (parsePackageUrl(text) !== undefined) return text;
        return item.refuse(`is ${quote(text)}, which is no package URL`, 'write its type and name: "pkg:npm/event-stream"');
      });
    },
  })).deny;
}

function readScan(place: Place): Need {
  const { by, maxAge, vexBy, deny, ...rest } = place.object<{
    by: readonly Named[];
    maxAge: number | undefined;
    vexBy: readonly Named[] | undefined;
    deny: ScanAsked["deny"];
    unknownSeverity: "allow" | undefined;
    databaseMaxAge: number | undefined;
  }>(OBJECTS.scan, (fields) => ({
    by: () => readBy(fields),
    maxAge: () => readOptionalDuration(fields.optional("maxAge")),
    vexBy: () =>
      fields
        .optional("unless")
        ?.object<{ vex: readonly Named[] | undefined }>(OBJECTS.unless, (inner) => ({ vex: () => readWho(inner.required("vex")) })).vex,
    deny: () => fields.required("deny").oneOf(SEVERITIES),
    unknownSeverity: () => readAllow(fields.optional("unknownSeverity")),
    databaseMaxAge: () => readOptionalDuration(fields.optional("databaseMaxAge")),
  }));
  return { kind: "scan", by, maxAge, vexBy, asked: { deny, ...withoutAbsent(rest) } };
}

function readImage(place: Place): Need {
  const asked = place.object<Undefinable<ImageAsked>>(OBJECTS.image, (fields) => ({
    user: () => {
      if (fields.optional("user") === undefined && fields.optional("ports") === undefined)
        return place.refuse("asks for nothing", `write ${OBJECTS.image.example}`);
      return readUser(fields.optional("user"));
    },
    ports: () => readPorts(fields.optional("ports")),
  }));
  return { kind: "image", asked: withoutAbsent(asked) };
}

function readUser(place: Place | undefined): string | undefined {
  const user = place?.text("nonroot");
  // As people write it elsewhere: taken for a name, it would be one that no image has.
  if (user !== undefined && /^non[-_. ]?root$/i.test(user) && user !== "nonroot") {
    return place?.refuse(`is ${quote(user)} (did you mean nonroot?)`, "write nonroot");
  }
  if (user === undefined || /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/.test(user)) return user;
  return place?.refuse(`is ${quote(user)}, which is no user`, "write nonroot, a name, or a number in quotes");
}

function readPorts(place: Place | undefined): readonly string[] | undefined {
  const items = place?.list("a list of ports", "[8080]", { mayBeEmpty: true });
  return items === undefined ? undefined : [...new Set(readEach(items, readPort))].toSorted();
}

function readPort(place: Place): string {
  const port = place.kind === "number" ? String(place.count()) : place.text('8080, or "53/udp"');
  const [, number, protocol = "tcp"] = /^([1-9][0-9]{0,4})(?:\/(tcp|udp|sctp))?$/.exec(port) ?? [];
  if (number !== undefined && Number(number) <= 65_535 && (place.kind === "number" || port.includes("/"))) return `${number}/${protocol}`;
  return place.refuse(`is ${quote(port)}, which is no port`, 'write a number from 1 to 65535, or "53/udp"');
}

function readAllow(place: Place | undefined): "allow" | undefined {
  return place?.oneOf(["deny", "allow"]) === "allow" ? "allow" : undefined;
}

function readLicenseList(place: Place | undefined, example: string): readonly string[] | undefined {
  const items = place?.list("a list of licences", example);
  const texts =
    items === undefined
      ? undefined
      : readEach(items, (item) => {
          const text = item.text(example);
          const joined = parseLicense(text);
          return joined === undefined || joined.kind === "license"
            ? text
            : item.refuse(`is ${quote(text)}, which joins several licences`, "write each by itself");
        });
  return texts && [...new Set(texts)].toSorted();
}

function readOptionalExpression(place: Place | undefined): PlacedExpression | undefined {
  return place === undefined ? undefined : readExpression(place, "statement");
}

function readUri(place: Place): string {
  const uri = place.text("https://acme.io/review/v1");
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(uri)) return uri;
  return place.refuse(`is ${quote(uri)}, which is no URI`, "write the predicate type as statements have it: https://acme.io/review/v1");
}

type Undefinable<T> = { readonly [K in keyof T]-?: T[K] | undefined };

function withoutAbsent<T extends object>(members: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
