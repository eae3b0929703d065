/** What went wrong on the way to a host, in words. */
import { CountersignError, type ErrorCode } from "../core/errors.ts";

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

const CERTIFICATE =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|HOSTNAME_MISMATCH|ERR_TLS_CERT|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE|CA_)/;

/** The error for a request that got no answer. `action` reads `GET host/path`. */
export function networkFailure(cause: unknown, action: string, host: string): CountersignError {
  const code = errorCodeOf(cause);
  if (CERTIFICATE.test(code)) return failure("registry/tls", action, `its TLS certificate is not trusted (${code})`, { cause });
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
    return failure("registry/tls", action, "it does not speak TLS as asked; perhaps it speaks plain HTTP", {
      cause,
      remedy: `--insecure-registry ${host}, if the network in between can be trusted`,
    });
  }
  if (code.startsWith("HPE_")) return failure("store/invalid-answer", action, "the answer is not HTTP", { cause });
  return failure("store/unreachable", action, WORDS[code] ?? "no answer came", { cause });
}

export function failure(
  code: ErrorCode,
  action: string,
  state: string,
  options: { readonly cause?: unknown; readonly remedy?: string } = {},
): CountersignError {
  return new CountersignError(code, `Cannot ${action}: ${state}`, options);
}

/** The system's code, also of the first of several attempts (an address of each family). */
export function errorCodeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCodeOf(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
