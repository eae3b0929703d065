/** The options that every command takes, and how option texts become values. */
import { durationMs } from "../core/duration.ts";
import { DEFAULT_CONCURRENCY } from "../core/in-parallel.ts";
import { readMoment } from "../core/moment.ts";
import { withoutAbsent } from "../core/without-absent.ts";
import type { OptionDeclaration } from "./declaration.ts";
import { hostOf } from "./host.ts";
import type { Values } from "./values.ts";

/** `30s`, `90d`, `1h30m` -> milliseconds. */
export function parseDuration(text: string): number {
  const duration = durationMs(text);
  if (duration === undefined) throw new Error("a duration is written 30s, 15m, 12h or 90d");
  return duration;
}

/** An RFC 3339 time with its offset, or a day (midnight UTC). */
export function parseTime(text: string): Date {
  const moment = readMoment(text);
  if (moment === undefined) throw new Error("a time is written 2026-11-24T09:00:00Z, or 2026-11-24 for its start in UTC");
  return moment;
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^[0-9]{1,4}$/.test(text) || count === 0) throw new Error("a whole number from 1 to 9999 is wanted");
  return count;
}

/** `k=v`, several times -> a record. The caller says what is wrong with a name. */
export function parsePairs(texts: readonly string[]): Readonly<Record<string, string>> {
  // A null prototype, so that a name such as __proto__ is a name like any other.
  const pairs: Record<string, string> = Object.create(null);
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw new Error(`"${text}" is not name=value`);
    const name = text.slice(0, at);
    if (Object.hasOwn(pairs, name)) throw new Error(`"${name}" is given twice`);
    pairs[name] = text.slice(at + 1);
  }
  return pairs;
}

export const OUTPUT: OptionDeclaration = {
  flags: "--output <form>",
  summary: "text for people, json for one document, jsonl for a line a reference",
  choices: ["text", "json", "jsonl"],
};

/** Of commands that answer with one document. */
export const ONE_OUTPUT: OptionDeclaration = { ...OUTPUT, summary: "text for people, json for one document", choices: ["text", "json"] };

/** Of commands that list what has a name. */
export const NAMES_OUTPUT: OptionDeclaration = {
  ...OUTPUT,
  summary: `${ONE_OUTPUT.summary}, name for the names alone`,
  choices: ["text", "json", "name"],
};

/** What a reference may be, as the help says it. */
export const REFERENCE_FORMS = "registry/repository[:tag][@digest], oci:DIR[:tag|@digest] or oci-archive:FILE[:tag|@digest]";

export const FROM: OptionDeclaration = {
  flags: "--from <file>",
  summary: "read references from a file, one a line; - for stdin",
  kind: "file",
};

/** What a command signs with, the same for all. */
export const KEY_OPTIONS: readonly OptionDeclaration[] = [
  { flags: "--key <key>", summary: "a PEM file, env://NAME, or a name from `countersign key list`", kind: "key" },
  { flags: "--cert <file>", summary: "the certificate chain in PEM, leaf first, for a key that is a file", kind: "file" },
];

export const DIGEST_FROM: OptionDeclaration = {
  flags: "--digest-from <file>",
  summary: "take the digest from what buildx, buildah or podman wrote",
  kind: "file",
};

export const GLOBAL_OPTIONS: readonly OptionDeclaration[] = [
  { flags: "--config <dir>", summary: "keys, trust stores and policy from this folder alone", kind: "folder" },
  { flags: "--offline", summary: "open no socket" },
  { flags: "--at <time>", summary: "judge as of then (2026-11-24T09:00:00Z)", parse: parseTime },
  {
    flags: "--timeout <duration>",
    summary: "give up on one reference after this long (default 60s); what hangs on an image gets 10s of it, or a sixth where that is more",
    parse: parseDuration,
  },
  { flags: "--concurrency <n>", summary: `how much is done at the same time (default ${DEFAULT_CONCURRENCY})`, parse: parseCount },
  { flags: "--insecure-registry <host>", summary: "speak plain HTTP to this registry (loopback needs no flag)", repeatable: true },
  { flags: "--registry-ca <file>", summary: "trust this root for the registry's TLS, beside the system's", kind: "file" },
  { flags: "--token-realm <host>", summary: "send credentials to this token server too", repeatable: true },
  { flags: "--username <name>", summary: "for the registry; with --password-stdin" },
  { flags: "--password-stdin", summary: "read the registry's password from stdin" },
  { flags: "-v, --verbose", summary: "each request, each step and its time, on stderr" },
  { flags: "-q, --quiet", summary: "no remarks on stderr" },
];

export interface GlobalOptions {
  readonly config?: string;
  readonly offline: boolean;
  readonly at?: Date;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  readonly insecureRegistries: readonly string[];
  readonly registryCa?: string;
  readonly tokenRealms: readonly string[];
  readonly username?: string;
  readonly passwordStdin: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

export function globalOptions(values: Values): GlobalOptions {
  const config = values.text("config");
  const at = values.date("at");
  const timeoutMs = values.number("timeout");
  const concurrency = values.number("concurrency");
  const registryCa = values.text("registry-ca");
  const username = values.text("username");
  return {
    ...(config === undefined ? {} : { config }),
    offline: values.flag("offline"),
    ...withoutAbsent({ at, timeoutMs, concurrency }),
    insecureRegistries: values.texts("insecure-registry").map(hostOf),
    ...(registryCa === undefined ? {} : { registryCa }),
    tokenRealms: values.texts("token-realm").map(hostOf),
    ...(username === undefined ? {} : { username }),
    passwordStdin: values.flag("password-stdin"),
    verbose: values.flag("verbose"),
    quiet: values.flag("quiet"),
  };
}
