/** What `doctor` looks at in a registry: does it answer, is its clock ours, can it list referrers, is the image there. */
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { CallOptions, Listing, Store } from "../core/store.ts";
import { type Greeting, isRemote, type RemoteStore } from "../registry/remote/store.ts";
import type { Setup } from "../setup.ts";
import type { Call } from "./declaration.ts";
import { counted } from "./render/text.ts";
import { type Diagnosis, diagnose, diagnosis } from "./diagnosis.ts";

/** Further apart than this, certificates and expiries are judged wrongly. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

export async function diagnoseRegistry(
  reference: Reference,
  { call, opened }: { readonly call: Call; readonly opened: Setup },
): Promise<readonly Diagnosis[]> {
  const options = { signal: AbortSignal.timeout(opened.timeoutMs) };
  return diagnose("registry", async () => {
    const store = await opened.openStore(reference);
    const host = isRemote(store) ? await diagnose("registry", () => lookAtRegistry(store, { ...options, name: store.name })) : [];
    // Whoever does not answer would only not answer again.
    if (host.some(({ name, outcome }) => name === "registry" && outcome !== "pass")) return host;
    return [...host, ...(await diagnose("image", () => lookAtImage(reference, { store, isRepair: call.values.flag("repair"), options })))];
  });
}

/** A registry of which no repository was named. */
export function diagnoseHost(host: string, opened: Setup): Promise<readonly Diagnosis[]> {
  return diagnose("registry", async () => {
    const registry = host.toLowerCase();
    // Every request names a repository; this one need not be there.
    const store = await opened.openStore({ kind: "registry", registry, repository: "countersign/doctor" });
    if (!isRemote(store)) throw new TypeError("a registry's store is remote");
    return lookAtRegistry(store, { signal: AbortSignal.timeout(opened.timeoutMs), name: registry });
  });
}

async function lookAtRegistry(
  store: RemoteStore,
  { name, ...options }: CallOptions & { readonly name: string },
): Promise<readonly Diagnosis[]> {
  const started = performance.now();
  const asked = Date.now();
  const greeting = await store.greet(options);
  const tookMs = performance.now() - started;
  const { status } = greeting;
  return [
    status === 200 || status === 401
      ? diagnosis("registry", "pass", `${name} answers${status === 401 ? ", and wants credentials" : ""} (${Math.round(tookMs)} ms)`)
      : diagnosis("registry", "fail", `${name} answers /v2/ with ${status}: it is no OCI registry`, "check the name and the port"),
    lookAtClock(greeting, asked + tookMs / 2),
  ];
}

function lookAtClock({ date }: Greeting, ours: number): Diagnosis {
  if (date === undefined) return diagnosis("clock", "skipped", "the registry does not say what time it has");
  // The header has whole seconds, so up to one of the difference is rounding.
  const difference = Math.abs(date.getTime() + 500 - ours);
  const seconds = Math.round(difference / 1000);
  return difference <= MAX_CLOCK_DIFFERENCE_MS
    ? diagnosis("clock", "pass", `within ${Math.max(1, seconds)} s of the registry's`)
    : diagnosis(
        "clock",
        "fail",
        `${seconds} s away from the registry's`,
        "set the clock of this machine (timedatectl set-ntp true), or tell whoever runs the registry",
      );
}

async function lookAtImage(
  reference: Reference,
  { store, isRepair, options }: { readonly store: Store; readonly isRepair: boolean; readonly options: CallOptions },
): Promise<readonly Diagnosis[]> {
  const { descriptor } = await store.resolve(reference, options);
  const found = [diagnosis("image", "pass", `${formatReference(reference)} is ${descriptor.digest}`)];
  if (isRepair) found.push(...(await diagnose("repair", () => repair(store, descriptor.digest, options))));
  const listing = await store.referrers(descriptor.digest, options);
  if (isRemote(store)) found.push(lookAtReferrersApi(listing));
  found.push(diagnosis("listing", listing.complete ? "pass" : "unknown", counted(listing.referrers.length, "referrer")));
  for (const note of listing.notes) found.push(diagnosis("listing", "unknown", note.message));
  return found;
}

function lookAtReferrersApi({ sources, complete }: Listing): Diagnosis {
  if (sources.includes("api")) return diagnosis("referrers", "pass", "the registry has the referrers API");
  return complete
    ? diagnosis("referrers", "pass", "the registry has no referrers API; signatures are listed by the fallback tag")
    : diagnosis("referrers", "unknown", "whether the registry has the referrers API could not be found out");
}

async function repair(store: Store, digest: Digest, options: CallOptions): Promise<readonly Diagnosis[]> {
  if (!isRemote(store))
    throw new CountersignError("usage/invalid", `Cannot repair the fallback index of "${store.name}": it is not in a registry`);
  const { added, dropped } = await store.repairIndex(digest, options);
  const isSame = added.length + dropped.length === 0;
  return [
    isSame
      ? diagnosis("repair", "pass", "there was nothing to rebuild: no entry of a fallback index is missing or too many")
      : diagnosis("repair", "pass", `the fallback index was rebuilt: ${added.length} added, ${dropped.length} dropped`),
  ];
}
