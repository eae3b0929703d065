/** The timestamp authorities of one job: which are asked, and by which roots they are believed. */
import type { Clock } from "../core/clock.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Timestamper } from "../core/timestamper.ts";
import { loadAnchors, type TrustSource } from "../core/trust-source.ts";
import type { HttpClient } from "../net/http-client.ts";
import type { Witness } from "../policy/verifier/verifier.ts";

export interface TimestampOptions {
  /** Asked in this order, until one gives a token. */
  readonly urls: readonly string[];
  /** A file with the authorities' roots; those of the verifier's witnesses unless given. */
  readonly rootFile?: string;
}

export interface TimestampSurroundings {
  readonly clock: Clock;
  readonly trust: TrustSource;
  readonly witnesses: () => Promise<readonly Witness[]>;
  readonly openClient: (options: { readonly insecureHosts: readonly string[]; readonly deadlineMs: number }) => Promise<HttpClient>;
}

const DEADLINE_MS = 15_000;

export async function openTimestamper({ urls: texts, rootFile }: TimestampOptions, around: TimestampSurroundings): Promise<Timestamper> {
  const urls = texts.map(parseUrl);
  const anchors = rootFile === undefined ? await anchorsOfWitnesses(around) : await loadRoots(rootFile);
  const [{ createTimestamper }, client] = await Promise.all([
    import("../trust/timestamp-client.ts"),
    around.openClient({
      // Most authorities speak plain HTTP. A token is signed and answers one request, so whoever is in between can only withhold it.
      insecureHosts: urls.filter(({ protocol }) => protocol === "http:").map(({ host }) => host),
      deadlineMs: DEADLINE_MS,
    }),
  ]);
  return createTimestamper({ urls, anchors, client, clock: around.clock });
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new CountersignError("usage/invalid", `Cannot ask the timestamp authority "${text}": it is no URL of HTTP`, {
      remedy: "--timestamp-url http://timestamp.example/",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw new CountersignError("usage/invalid", `Cannot ask the timestamp authority at "${url.host}": a URL must not hold a password`);
  }
  return url;
}

async function anchorsOfWitnesses({ trust, witnesses }: TimestampSurroundings): Promise<readonly Uint8Array[]> {
  const anchors = await loadAnchors(
    (await witnesses()).map(({ store }) => store),
    trust,
  );
  if (anchors.length > 0) return anchors.map(({ certificate }) => certificate);
  throw new CountersignError("usage/invalid", "Cannot use a timestamp authority: nothing says by which root it is believed", {
    remedy: "--timestamp-root FILE with its root, or its trust store under witnesses in verifier.yaml",
  });
}

/** As `trust add tsa:…` takes them. */
async function loadRoots(file: string): Promise<readonly Uint8Array[]> {
  const [{ loadNamedFile }, { findCertificates, whyNoAnchor }] = await Promise.all([
    import("../files/named.ts"),
    import("../trust/certificate-file.ts"),
  ]);
  const { certificates, notes } = findCertificates(await loadNamedFile(file, { maxBytes: LIMITS.keyFileBytes }));
  const fault = certificates.length === 0 ? notes[0] : certificates.map((one) => whyNoAnchor(one, "tsa")).find((why) => why !== undefined);
  if (fault === undefined) return certificates.map(({ der }) => der);
  throw new CountersignError("file/unreadable", `Cannot use the root "${file}": it ${fault}`, {
    remedy: "the file must hold the self-signed root of the timestamp authority, in PEM or DER",
  });
}
