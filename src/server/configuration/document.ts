/** `serve.yaml` as data: pure reading, every complaint with its place. */
import { isIP } from "node:net";
import { durationMs } from "../../core/duration.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeDer } from "../../encoding/der-reader.ts";
import { encodeOid } from "../../encoding/der-writer.ts";
import { Complaints, refuseDocument } from "../../policy/countersign/complaints.ts";
import type { Place } from "../../policy/countersign/place.ts";
import { decodePlace } from "../../policy/decode-place.ts";
import type { ListenAddress } from "../http-server.ts";
import type { AuthorityConfiguration, ServerConfiguration } from "./configuration.ts";
import { SERVER_OBJECTS as OBJECTS } from "./fields.ts";

const DEFAULT_LISTEN: ListenAddress = { host: "127.0.0.1", port: 3161 };
/** A signer takes no token that may be further off than this. */
const MAX_ACCURACY_MS = 300_000;

/** Throws `config/invalid` with all that is wrong, each with line and column. */
export async function decodeServerConfiguration(bytes: Uint8Array, { source }: { readonly source: string }): Promise<ServerConfiguration> {
  try {
    return readServer(await decodePlace(bytes));
  } catch (error) {
    if (error instanceof Complaints) throw refuseDocument(source, error.complaints, "configuration");
    throw error;
  }
}

interface Parts extends ServerConfiguration {
  readonly apiVersion: string;
  readonly kind: string;
}

function readServer(document: Place): ServerConfiguration {
  const { timestampAuthority } = document.object<Parts>(OBJECTS.server, (fields) => ({
    apiVersion: () => fields.required("apiVersion").oneOf(["countersign.dev/v1"]),
    kind: () => fields.required("kind").oneOf(["Server"]),
    timestampAuthority: () => readAuthority(fields.required("timestampAuthority")),
  }));
  return { timestampAuthority };
}

function readAuthority(place: Place): AuthorityConfiguration {
  const { listen, key, certificate, policy, accuracy, state } = place.object<{
    listen: ListenAddress;
    key: string;
    certificate: string | undefined;
    policy: string;
    accuracy: number;
    state: string;
  }>(OBJECTS.timestampAuthority, (fields) => ({
    listen: () => readListen(fields.optional("listen")),
    key: () => fields.required("key").text("clock"),
    certificate: () => fields.optional("certificate")?.text("clock.crt"),
    policy: () => readPolicy(fields.required("policy")),
    accuracy: () => readAccuracy(fields.required("accuracy")),
    state: () => fields.required("state").text("clock"),
  }));
  return { listen, key, policy, accuracyMs: accuracy, state, ...(certificate === undefined ? {} : { certificate }) };
}

/** An address and not a name: what a name means may change, and then the server would listen where nobody wanted it to. */
function readListen(place: Place | undefined): ListenAddress {
  if (place === undefined) return DEFAULT_LISTEN;
  const text = place.text("127.0.0.1:3161", (port) => `127.0.0.1:${port}`);
  const [, six, four, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = six ?? four ?? "";
  const port = Number(digits);
  if (isIP(host) === (six === undefined ? 4 : 6) && port <= 65_535) return { host, port };
  if (isIP(text) !== 0)
    return place.refuse("is no IP address with a port", `write ${isIP(text) === 6 ? `"[${text}]:3161"` : `${text}:3161`}`);
  return place.refuse(
    "is no IP address with a port",
    "write 127.0.0.1:3161, [::1]:3161, or 0.0.0.0:3161 for every address of this machine",
  );
}

function readPolicy(place: Place): string {
  const text = place.text("1.3.6.1.4.1.32473.1");
  if (isObjectIdentifier(text)) return text;
  return place.refuse("is no object identifier", "write one of your organisation; for trying things out: 1.3.6.1.4.1.32473.1");
}

/** As it comes back from the form in which tokens have it. */
function isObjectIdentifier(text: string): boolean {
  if (!/^[0-2](\.(0|[1-9][0-9]{0,14}))+$/.test(text) || text.length > 128) return false;
  try {
    return decodeDer(encodeOid(text), (reader) => reader.oid()) === text;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

function readAccuracy(place: Place): number {
  const duration = durationMs(place.text("1s", (number) => `${number}ms, or another unit: a length of time has one`));
  if (duration === undefined) return place.refuse("is no length of time", "write 1s, or 250ms");
  if (duration <= MAX_ACCURACY_MS) return duration;
  return place.refuse("is so long that no signer would take such a timestamp", "write 5m or less");
}
