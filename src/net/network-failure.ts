/** What went wrong on the way to a host, in words. */
import { CountersignError, type ErrorCode, type ErrorOptions } from "../core/errors.ts";
import { ProxyRefusal } from "./tunnel.ts";

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused, nothing listens there",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  ETIMEDOUT: "the connection could not be made in time",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
};

const LISTENING = "check the host and the port, and that the registry is running";
const NAMED = "check the spelling of the host, and the name server of this machine";
const ON_THE_WAY = "check the network, and run the command again";
const REMEDIES: Readonly<Record<string, string>> = { ECONNREFUSED: LISTENING, ENOTFOUND: NAMED, EAI_AGAIN: NAMED };

const CERTIFICATE =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|HOSTNAME_MISMATCH|ERR_TLS_CERT|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE|CA_)/;

/** What servers say to plain HTTP where they expect TLS: Go's, and nginx. */
const EXPECTS_TLS = /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)/i;
const SPEAK_TLS = "--registry-ca FILE with the root of its certificate (and no --insecure-registry), if it speaks TLS";

/** The error for a request that got no answer. `action` reads `GET host/path`. */
export function networkFailure(cause: unknown, action: string, url: URL): CountersignError {
  if (cause instanceof ProxyRefusal) return proxyFailure(cause, action);
  const code = errorCodeOf(cause);
  if (CERTIFICATE.test(code)) return failure("registry/tls", action, `its TLS certificate is not trusted (${code})`, { cause });
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
    // OpenSSL's own words name a line of its sources; `detail` keeps its code.
    return failure("registry/tls", action, "it does not speak TLS as asked; perhaps it speaks plain HTTP", {
      detail: { code },
      remedy: `--insecure-registry ${url.host}, if the network in between can be trusted`,
    });
  }
  if (code.startsWith("HPE_")) return failure("store/invalid-answer", action, "the answer is not HTTP", { cause });
  const isCut = url.protocol === "http:" && (code === "ECONNRESET" || code === "EPIPE");
  const remedy = isCut ? SPEAK_TLS : (REMEDIES[code] ?? ON_THE_WAY);
  return failure("store/unreachable", action, WORDS[code] ?? "no answer came", { cause, remedy });
}

/** The error for an answer that says that plain HTTP was spoken to a server that expects TLS. */
export function tlsExpected(
  url: URL,
  { status, body, action }: { readonly status: number; readonly body: Uint8Array; readonly action: string },
): CountersignError | undefined {
  if (url.protocol !== "http:" || status !== 400 || !EXPECTS_TLS.test(Buffer.from(body).toString("latin1"))) return undefined;
  return failure("registry/tls", action, "it speaks TLS, and was spoken to in plain HTTP", { remedy: SPEAK_TLS });
}

/** What a proxy answered in its own name. */
export function proxyFailure({ status, proxy }: ProxyRefusal, action: string): CountersignError {
  if (status === 407) {
    return failure("registry/proxy", action, "the proxy wants credentials, or refused those given", {
      remedy: `${proxy.variable}=${proxy.url.protocol}//USER:PASSWORD@${proxy.url.host}`,
    });
  }
  if (status >= 400 && status <= 499 && status !== 429) {
    return failure("registry/proxy", action, `the proxy does not let us through (${status})`, {
      remedy: "ask whoever runs the proxy, or name the host in NO_PROXY if it can be reached without",
    });
  }
  return new CountersignError("store/unreachable", `Cannot ${action}: the proxy answered ${status}`, { detail: { status } });
}

export function failure(code: ErrorCode, action: string, state: string, options: ErrorOptions = {}): CountersignError {
  return new CountersignError(code, `Cannot ${action}: ${state}`, options);
}

/** The system's code, also of the first of several attempts (an address of each family). */
export function errorCodeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCodeOf(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
