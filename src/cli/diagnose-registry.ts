/** What `doctor` looks at in a registry: does it answer, is its clock ours, can it list referrers, is the image there. */
import type { Digest } from "../core/digest.ts";
import { LIMITS } from "../core/limits.ts";
import { OCI_INDEX } from "../core/media-types.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import { apiHostOf } from "../core/registry-host.ts";
import type { CallOptions, Store } from "../core/store.ts";
import { createHttpClient, type HttpClient, type HttpResponse } from "../net/http-client.ts";
import { repairFallbackIndex } from "../registry/remote/store.ts";
import type { Setup } from "../setup.ts";
import { readCa } from "../setup-registries.ts";
import type { Call } from "./declaration.ts";
import { type Diagnosis, diagnose, diagnosis } from "./diagnosis.ts";

/** Further apart than this, certificates and expiries are judged wrongly. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;
const MAX_ANSWER_BYTES = 65_536;

export async function diagnoseRegistry(
  reference: Reference,
  given: { readonly call: Call; readonly opened: Setup },
): Promise<readonly Diagnosis[]> {
  const { call, opened } = given;
  const found =
    reference.kind === "registry" && !call.global.offline ? [...(await lookAtHost(reference.registry, call, opened.timeoutMs))] : [];
  return [...found, ...(await diagnose("image", () => lookAtImage(reference, given)))];
}

async function lookAtHost(registry: string, call: Call, timeoutMs: number): Promise<readonly Diagnosis[]> {
  return diagnose("registry", async () => {
    const client = await openClient(call);
    try {
      const started = performance.now();
      const asked = Date.now();
      const response = await ask(client, { registry, path: "/v2/", timeoutMs });
      const ms = Math.round(performance.now() - started);
      const answers = response.status === 200 || response.status === 401;
      return [
        answers
          ? diagnosis("registry", "pass", `${registry} answers${response.status === 401 ? ", and wants credentials" : ""} (${ms} ms)`)
          : diagnosis(
              "registry",
              "fail",
              `${registry} answers /v2/ with ${response.status}: it is no OCI registry`,
              "check the name and the port",
            ),
        lookAtClock(response, asked, performance.now() - started),
      ];
    } finally {
      client.close();
    }
  });
}

function lookAtClock(response: HttpResponse, asked: number, tookMs: number): Diagnosis {
  const theirs = Date.parse(response.headers["date"] ?? "");
  if (Number.isNaN(theirs)) return diagnosis("clock", "skipped", "the registry does not say what time it has");
  // The header has whole seconds, so up to one of the difference is rounding.
  const difference = Math.abs(theirs + 500 - (asked + tookMs / 2));
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
  { call, opened }: { readonly call: Call; readonly opened: Setup },
): Promise<readonly Diagnosis[]> {
  const store = await opened.openStore(reference);
  const options = { signal: AbortSignal.timeout(opened.timeoutMs) };
  const { descriptor } = await store.resolve(reference, options);
  const found = [diagnosis("image", "pass", `${formatReference(reference)} is ${descriptor.digest}`)];
  if (call.values.flag("repair")) found.push(...(await diagnose("repair", () => repair(store, descriptor.digest, options))));
  const listing = await store.referrers(descriptor.digest, options);
  if (reference.kind === "registry") {
    const isListed = listing.sources.includes("api");
    found.push(
      ...(await diagnose("referrers", () => lookAtReferrersApi({ call, opened, isListed, ...reference, digest: descriptor.digest }))),
    );
  }
  found.push(diagnosis("listing", listing.complete ? "pass" : "unknown", `${listing.referrers.length} referrers`));
  for (const note of listing.notes) found.push(diagnosis("listing", "unknown", note.message));
  return found;
}

async function lookAtReferrersApi(given: {
  readonly call: Call;
  readonly opened: Setup;
  readonly isListed: boolean;
  readonly registry: string;
  readonly repository: string;
  readonly digest: Digest;
}): Promise<readonly Diagnosis[]> {
  const { call, registry, repository, digest, isListed } = given;
  const works = [diagnosis("referrers", "pass", "the registry has the referrers API")];
  if (isListed) return works;
  const client = await openClient(call);
  try {
    const { status, headers } = await ask(client, {
      registry,
      path: `/v2/${repository}/referrers/${digest}`,
      timeoutMs: given.opened.timeoutMs,
    });
    if (status === 200 && headers["content-type"]?.startsWith(OCI_INDEX) === true) return works;
    if (status === 401 || status === 403)
      return [diagnosis("referrers", "skipped", "whether it has the referrers API is told only to those signed in")];
    return [diagnosis("referrers", "pass", "the registry has no referrers API; signatures are listed by the fallback tag")];
  } finally {
    client.close();
  }
}

async function repair(store: Store, digest: Digest, options: CallOptions): Promise<readonly Diagnosis[]> {
  const { added, dropped } = await repairFallbackIndex(store, digest, options);
  return [diagnosis("repair", "pass", `the fallback index was rebuilt: ${added.length} added, ${dropped.length} dropped`)];
}

/** Without credentials: what is looked at here is told to everyone. */
async function openClient({ global }: Call): Promise<HttpClient> {
  const { registryCa, insecureRegistries } = global;
  const ca = registryCa === undefined ? undefined : readCa(registryCa);
  return createHttpClient({ insecureHosts: insecureRegistries, ...(ca === undefined ? {} : { ca }) });
}

function ask(
  client: HttpClient,
  { registry, path, timeoutMs }: { registry: string; path: string; timeoutMs: number },
): Promise<HttpResponse> {
  const url = new URL(path, client.originFor(apiHostOf(registry)));
  const headers = { accept: OCI_INDEX };
  return client.request({
    method: "GET",
    url,
    headers,
    maxBytes: path === "/v2/" ? MAX_ANSWER_BYTES : LIMITS.manifestBytes,
    deadlineMs: timeoutMs,
  });
}
