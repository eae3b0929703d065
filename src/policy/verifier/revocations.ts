/** Reads where it is written what is revoked, and how new that must be. */
import { readDuration, readOptionalDuration } from "../countersign/duration.ts";
import type { Place } from "../countersign/place.ts";
import type { PolicyLocation } from "../policy-location.ts";
import { readLocation } from "./location.ts";
import { VERIFIER_OBJECTS as OBJECTS } from "./fields.ts";
import type { Revocations } from "./verifier.ts";

const EXAMPLE = '"oci://registry.acme.io/trust/revocations"';

/** `hasPublishers`: somebody may sign the list. */
export function readRevocations(place: Place, { hasPublishers }: { readonly hasPublishers: boolean }): Revocations {
  const { list, maxAge, grace } = place.object<{ list: Revocations["list"]; maxAge: number; grace: number | undefined }>(
    OBJECTS.revocations,
    (fields) => ({
      list: () => readList(fields.required("list")),
      maxAge: () => readDuration(fields.required("maxAge")),
      grace: () => readOptionalDuration(fields.optional("grace")),
    }),
  );
  if (!hasPublishers) return place.refuse("says where the list is, and nobody says who may sign it", "write roles.publishers");
  return { list, maxAge, ...(grace === undefined ? {} : { grace }) };
}

function readList(place: Place): Revocations["list"] {
  const location: PolicyLocation = readLocation(place, { example: EXAMPLE, what: "names no list" });
  if (location.kind === "registry") return location.reference;
  return place.refuse("is a file, and a list of revocations is in a registry", `write ${EXAMPLE}`);
}
