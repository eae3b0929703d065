/** Faults in the list of what hangs on the image. */
import { type Json, MANIFEST_TYPE, type Places, type Plan, SIGNATURE_TYPE } from "../plan.ts";
import { answer, failure, type Site } from "../site.ts";
import type { Vector } from "../vector.ts";
import { listing } from "../world.ts";

const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

function editSite(change: (site: Site, places: Places) => void): (plan: Plan) => void {
  return (plan) => void (plan.editSite = change);
}

function unsigned(plan: Plan): void {
  plan.editListing = (entries) => void entries.splice(0);
}

function both(...changes: readonly ((plan: Plan) => void)[]): (plan: Plan) => void {
  return (plan) => changes.forEach((change) => change(plan));
}

/** An entry that claims `size` bytes; nothing is there. */
function junk(number: number, size: number): Json {
  return { mediaType: MANIFEST_TYPE, digest: `sha256:${number.toString(16).padStart(64, "0")}`, size, artifactType: SIGNATURE_TYPE };
}

function foreign(number: number): Json {
  return { ...junk(number, 100), artifactType: "application/spdx+json" };
}

const moveToFallback = (site: Site, places: Places): void => {
  const found = site.get(places.referrers);
  if (found === undefined) throw new Error("there is no listing");
  site.set(places.fallback, found);
  site.set(places.referrers, failure(404, "NOT_FOUND"));
};

function nextPage(link: string): (plan: Plan) => void {
  return editSite((site, { referrers }) => site.set(referrers, answer(listing([]), INDEX_TYPE, { link })));
}

export const LISTING_VECTORS: readonly Vector[] = [
  { name: "unsigned image", comment: "nothing hangs on it", outcome: "deny", code: "signature/none", on: "verdict", fault: unsigned },
  {
    name: "image with an SBOM alone",
    comment: "other artifacts are no signatures",
    outcome: "deny",
    code: "signature/none",
    on: "verdict",
    fault: (plan) => void (plan.editListing = (entries) => void entries.splice(0, 1, foreign(1))),
    twin: (plan) => void (plan.editListing = (entries) => void entries.push(foreign(1))),
  },
  {
    name: "registry without the referrers API and without a tag",
    comment: "distribution-spec: 404 means the fallback tag, a missing tag that there is nothing",
    outcome: "deny",
    code: "signature/none",
    on: "verdict",
    fault: editSite((site, { referrers }) => site.set(referrers, failure(404, "NOT_FOUND"))),
    twin: editSite(moveToFallback),
  },
  {
    name: "broken entry in the listing",
    comment: "it proves nothing and blocks nothing",
    outcome: "pass",
    code: "listing/malformed-entry",
    on: "verdict",
    fault: (plan) => void (plan.editListing = (entries) => void entries.unshift({ mediaType: 1 }, null)),
  },
  {
    name: "broken entry in place of the signature",
    comment: "it proves nothing and blocks nothing",
    outcome: "deny",
    code: "listing/malformed-entry",
    on: "verdict",
    fault: (plan) => void (plan.editListing = (entries) => void entries.splice(0, 1, { mediaType: MANIFEST_TYPE })),
  },
  {
    name: "listing that goes in a circle",
    comment: "GHSA-298f-872v-2rcx: endless pages",
    outcome: "unknown",
    code: "listing/cut-off",
    on: "verdict",
    fault: editSite((site, { referrers }) => {
      const again = answer(listing([]), INDEX_TYPE, { link: `<${referrers}>; rel="next"` });
      site.set(referrers, again);
    }),
  },
  {
    name: "listing of more entries than any",
    comment: "CVE-2023-33957: a bound on what is read, and said",
    outcome: "unknown",
    code: "listing/cut-off",
    on: "verdict",
    fault: (plan) => {
      plan.editListing = (entries) => {
        const many = Array.from({ length: 20_000 }, (_, number) => foreign(number + 1));
        entries.unshift(...many);
      };
    },
    twin: (plan) =>
      void (plan.editListing = (entries) => void entries.unshift(...Array.from({ length: 1000 }, (_, number) => foreign(number + 1)))),
  },
  {
    name: "listing of a million numbers",
    comment: "two bytes an entry: a bound on the entries, not only on the bytes",
    outcome: "unknown",
    code: "listing/cut-off",
    on: "verdict",
    fault: editSite((site, { referrers }) => site.set(referrers, answer(listing(Array<number>(1_000_000).fill(0)), INDEX_TYPE))),
  },
  {
    name: "listing that is an error",
    comment: "absence proves nothing if nobody answered",
    outcome: "unknown",
    code: "listing/unreachable",
    on: "verdict",
    fault: editSite((site, { referrers }) => site.set(referrers, failure(403, "DENIED"))),
  },
  {
    name: "listing that is not JSON",
    comment: "absence proves nothing if the answer cannot be read",
    outcome: "unknown",
    code: "listing/unreachable",
    on: "verdict",
    fault: editSite((site, { referrers }) => site.set(referrers, answer("{", INDEX_TYPE))),
  },
  {
    name: "listing that goes on elsewhere",
    comment: "GHSA-h7vf-4x9w-h99v: a page on another host is not followed",
    outcome: "unknown",
    code: "listing/foreign-page",
    on: "verdict",
    fault: nextPage('<http://203.0.113.1/v2/next>; rel="next"'),
    twin: editSite((site, { referrers }) => {
      const found = site.get(referrers);
      if (found === undefined) throw new Error("there is no listing");
      site.set(`${referrers}?page=2`, found);
      site.set(referrers, answer(listing([]), INDEX_TYPE, { link: `<${referrers}?page=2>; rel="next"` }));
    }),
  },
  {
    name: "fallback tag that holds an image",
    comment: "somebody's image is no list, and what it hid is not known",
    outcome: "unknown",
    code: "listing/not-an-index",
    on: "verdict",
    fault: editSite((site, { fallback, image, referrers }) => {
      site.set(referrers, failure(404, "NOT_FOUND"));
      site.set(fallback, site.get(image) ?? failure(404, "MANIFEST_UNKNOWN"));
    }),
    twin: editSite(moveToFallback),
  },
  {
    name: "more junk than the budget",
    comment: "CVE-2023-33958: what was not looked at leaves the answer open",
    outcome: "unknown",
    code: "signature/unexamined",
    on: "verdict",
    fault: (plan) =>
      void (plan.editListing = (entries) =>
        void entries.splice(0, 1, ...Array.from({ length: 20 }, (_, number) => junk(number + 1, 4_194_304)))),
    twin: (plan) =>
      void (plan.editListing = (entries) =>
        void entries.unshift(...Array.from({ length: 20 }, (_, number) => junk(number + 1, 4_194_304)))),
  },
  {
    name: "junk beside the signature",
    comment: "one that cannot be had must not hide one that can",
    outcome: "pass",
    code: "subject/match",
    fault: both((plan) => void (plan.editListing = (entries) => void entries.unshift(junk(1, 10), junk(2, 20)))),
  },
];
