/** Reads what a gate asks of provenance. */
import { type Undefinable, withoutAbsent } from "../../core/without-absent.ts";
import type { ProvenanceAsked } from "../requirements/asked.ts";
import { type CommitNeed, readCommitNeed } from "./commit-signers.ts";
import { OBJECTS } from "./fields.ts";
import type { Named } from "./name.ts";
import type { Need, PlacedTemplate } from "./need.ts";
import type { Fields, Place } from "./place.ts";
import { readBy } from "./read-whose.ts";
import { parseTemplate } from "./template.ts";

export function readProvenance(place: Place): Need {
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
