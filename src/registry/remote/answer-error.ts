/** Turns an answer that is no success into the error it means. */
import { isObject } from "../../core/descriptor.ts";
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ErrorCode } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { quoteWord } from "../../core/shell.ts";
import { decodeJson } from "../../encoding/json.ts";
import type { HttpResponse } from "../../net/http-client.ts";
import { errorFrom, retryAfterMs } from "../../net/retry.ts";
import type { Credentials } from "../credentials/credentials.ts";
import { parseChallenges } from "./challenge.ts";

/** The codes in an error body, such as `MANIFEST_BLOB_UNKNOWN`. Source: distribution-spec 1.1, "Error Codes". */
function answerCodes(response: HttpResponse): readonly string[] {
  return errorEntries(response.body).flatMap((entry) => (typeof entry["code"] === "string" ? [entry["code"]] : []));
}

/** Whether a registry's answer, made an error, has one of these codes. */
export function hasAnswerCode(error: unknown, codes: readonly string[]): boolean {
  const said = error instanceof CountersignError ? error.detail["codes"] : undefined;
  return Array.isArray(said) && said.some((code) => codes.includes(code));
}

/** Who asked whom. */
interface Asked {
  readonly registry: string;
  /** Those that the request was made with, or was to be. */
  readonly credentials: Credentials | undefined;
}

/** `askedOrigin`: an answer from elsewhere, after a redirect, knows nothing of the credentials. */
export function answerError(
  response: HttpResponse,
  request: { readonly action: string; readonly asked?: Asked; readonly askedOrigin?: string },
): CountersignError {
  const { asked, askedOrigin = response.origin } = request;
  if (response.origin !== askedOrigin && [401, 403].includes(response.status)) {
    const where = `"${new URL(response.origin).host}", where the registry sends us`;
    return new CountersignError(
      "store/invalid-answer",
      `Cannot ${request.action}: ${where}, does not let us in (status ${response.status})`,
    );
  }
  const said = errorEntries(response.body).map(({ code, message }) => showForeign(`${String(code)}: ${String(message)}`, 200));
  const state = `${meaning(response, asked?.credentials)}${said.length === 0 ? "" : ` (${said.slice(0, 3).join("; ")})`}`;
  const waitMs = retryAfterMs(response.headers);
  const error = new CountersignError(codeFor(response, asked), `Cannot ${request.action}: ${state}`, {
    detail: { status: response.status, codes: answerCodes(response), ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) },
    ...remedyFor(response, { asked, waitMs }),
  });
  return errorFrom(response, error);
}

/** The JSON of a successful answer; what is no JSON is the registry's failure, not evidence of anything. */
export function decodeAnswer(response: HttpResponse, request: { readonly action: string; readonly maxBytes: number }): unknown {
  try {
    return decodeJson(response.body, { maxBytes: request.maxBytes });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("store/invalid-answer", `Cannot ${request.action}: the answer cannot be read`, { cause: error });
  }
}

function codeFor(response: HttpResponse, asked: Asked | undefined): ErrorCode {
  const { status } = response;
  if (status === 401) return asked?.credentials !== undefined && lacksScope(response) ? "registry/forbidden" : "registry/unauthorized";
  // docker-registry refuses pushes in its read-only and pull-through modes with UNSUPPORTED.
  if (status === 405 || answerCodes(response).includes("UNSUPPORTED")) return "store/read-only";
  if (status === 403) return "registry/forbidden";
  if (status === 404) return "store/not-found";
  return status === 429 || status >= 500 ? "store/unreachable" : "store/invalid-answer";
}

function remedyFor(
  { status }: HttpResponse,
  { asked, waitMs }: { readonly asked: Asked | undefined; readonly waitMs: number | undefined },
): { readonly remedy?: string } {
  if (waitMs !== undefined && status >= 429)
    return { remedy: `wait ${Math.ceil(waitMs / 1000)} s, as the registry asks, and run the command again` };
  if (status === 429) return { remedy: "wait a little, and run the command again" };
  if (status >= 500)
    return {
      remedy: "the registry itself failed: whoever runs it finds why in its log (look at its disk too); then run the command again",
    };
  if (status !== 401 || asked === undefined) return {};
  const host = quoteWord(asked.registry);
  const { credentials } = asked;
  if (credentials?.isGiven === true) return { remedy: "check the user name and the password" };
  return {
    remedy:
      credentials === undefined
        ? `\`countersign login ${host}\`, or set COUNTERSIGN_REGISTRY_USERNAME and COUNTERSIGN_REGISTRY_PASSWORD`
        : `correct them (\`countersign login ${host}\`), or ask without any after \`countersign logout ${host}\``,
  };
}

/** The registry knows who asks, and does not let him. Source: RFC 6750, 3.1. */
function lacksScope({ headers }: HttpResponse): boolean {
  return parseChallenges(headers["www-authenticate"] ?? "").some(({ parameters }) => parameters["error"] === "insufficient_scope");
}

function meaning(response: HttpResponse, credentials: Credentials | undefined): string {
  const { status } = response;
  if (status === 401) {
    if (credentials === undefined) return "credentials are wanted";
    const those =
      credentials.source === undefined
        ? "the user name and password given"
        : `the credentials from ${showForeign(credentials.source, 4096)}`;
    return lacksScope(response) ? `${those} do not allow it` : `${those} were refused`;
  }
  if (status === 403) return "access is denied";
  if (status === 404) return "it is not there";
  if (status === 405) return "this is not allowed here";
  if (status === 429) return "too many requests were made";
  return `the answer was status ${status}`;
}

function errorEntries(body: Uint8Array): readonly Readonly<Record<string, unknown>>[] {
  try {
    const document = decodeJson(body, { maxBytes: LIMITS.errorBodyBytes, maxDepth: 16 });
    const errors = isObject(document) ? document["errors"] : undefined;
    return Array.isArray(errors) ? errors.filter(isObject) : [];
  } catch (error) {
    // Proxies answer errors in HTML; the status says enough.
    if (error instanceof Malformed) return [];
    throw error;
  }
}
