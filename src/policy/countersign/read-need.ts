/** Reads one need of a gate: what is asked, and of whom. */
import { withoutAbsent } from "../../core/without-absent.ts";
import { type ScanAsked, SEVERITIES } from "../requirements/asked.ts";
import { readOptionalDuration } from "./duration.ts";
import type { PlacedExpression } from "./expressions.ts";
import { OBJECTS } from "./fields.ts";
import type { Named } from "./name.ts";
import type { Need, PlacedTemplate, SignatureNeed } from "./need.ts";
import { type Place, quote } from "./place.ts";
import { readRepository } from "./products.ts";
import { readImage } from "./read-image.ts";
import { readProvenance } from "./read-provenance.ts";
import { readAllow, readSbom } from "./read-sbom.ts";
import { readBy, readWho, readWhose, type Whose } from "./read-whose.ts";
import { readExpression } from "./rules.ts";

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

function readSignedAs(place: Place | undefined): PlacedTemplate | undefined {
  return place && { template: readRepository(place), place };
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

function readOptionalExpression(place: Place | undefined): PlacedExpression | undefined {
  return place === undefined ? undefined : readExpression(place, "statement");
}

function readUri(place: Place): string {
  const uri = place.text("https://acme.io/review/v1");
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(uri)) return uri;
  return place.refuse(`is ${quote(uri)}, which is no URI`, "write the predicate type as statements have it: https://acme.io/review/v1");
}
