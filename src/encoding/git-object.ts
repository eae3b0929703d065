/** Objects of git: raw bytes of commits and tags -> what they say, their id, and what their signature covers. Source: git's commit.c, tag.c, gpg-interface.c; gitformat-signature(5). */
import { createHash } from "node:crypto";
import { showForeign } from "../core/display.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { sha1 } from "./sha1.ts";

/** What a repository names its objects by. */
export type GitHash = "sha1" | "sha256";

export const GIT_ID_DIGITS: Readonly<Record<GitHash, number>> = { sha1: 40, sha256: 64 };

/** Somebody as a commit or tag names them: what was typed into a configuration, and proves nothing. */
export interface GitPerson {
  readonly name: string;
  readonly mail: string;
  readonly at: Date;
}

/** A signature within an object, and the object's own bytes without it. */
export interface GitSigned {
  readonly payload: Uint8Array;
  /** In armour. */
  readonly signature: string;
}

export interface GitCommit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
  readonly signed?: GitSigned;
}

export interface GitTag {
  readonly id: string;
  /** What it names. */
  readonly target: string;
  readonly targetType: string;
  readonly name: string;
  readonly tagger?: GitPerson;
  readonly signed?: GitSigned;
}

/** Throws `Malformed` for bytes that are made for a collision of SHA-1. */
export function gitObjectId(type: "commit" | "tag", raw: Uint8Array, hash: GitHash): string {
  const bytes = Buffer.concat([Buffer.from(`${type} ${raw.length}\0`), raw]);
  return hash === "sha1" ? Buffer.from(sha1(bytes)).toString("hex") : createHash("sha256").update(bytes).digest("hex");
}

const ONCE = ["tree", "author", "committer", "encoding", "gpgsig", "gpgsig-sha256", "object", "type", "tag", "tagger"];
const SIGNATURES: Readonly<Record<GitHash, string>> = { sha1: "gpgsig", sha256: "gpgsig-sha256" };

export function decodeCommit(raw: Uint8Array, hash: GitHash): GitCommit {
  const { headers, body } = decodeObject(raw);
  const names = headers.map(({ name }) => name);
  const count = names.filter((name) => name === "parent").length;
  const order = ["tree", ...Array<string>(count).fill("parent"), "author", "committer"];
  if (order.some((name, i) => names[i] !== name)) throw refuse("a commit does not begin with tree, parents, author and committer");
  const [tree, ...rest] = headers.slice(0, order.length);
  const [author, committer] = rest.slice(count);
  readId(tree, hash);
  const parents = rest.slice(0, count).map((header) => readId(header, hash));
  if (new Set(parents).size < count) throw refuse("a commit names a parent twice");
  const armour = headers.find(({ name }) => name === SIGNATURES[hash]);
  const unsigned = headers.filter(({ name }) => name !== SIGNATURES.sha1 && name !== SIGNATURES.sha256);
  return {
    id: gitObjectId("commit", raw, hash),
    parents,
    author: readPerson(author),
    committer: readPerson(committer),
    message: readText(body),
    ...(armour === undefined
      ? {}
      : { signed: { signature: armour.value, payload: Buffer.concat([...unsigned.map(({ bytes }) => bytes), NEWLINE, body]) } }),
  };
}

export function decodeTag(raw: Uint8Array, hash: GitHash): GitTag {
  const { headers, body } = decodeObject(raw);
  const [object, type, tag, tagger, ...others] = headers;
  const names = [object, type, tag].map((header) => header?.name).join();
  if (names !== "object,type,tag" || (tagger !== undefined && tagger.name !== "tagger") || others.length > 0)
    throw refuse("a tag has other headers than object, type, tag and tagger");
  const start = startOfSignature(body);
  const head = raw.length - body.length;
  return {
    id: gitObjectId("tag", raw, hash),
    target: readId(object, hash),
    targetType: type?.value ?? "",
    name: tag?.value ?? "",
    ...(tagger === undefined ? {} : { tagger: readPerson(tagger) }),
    ...(start === undefined ? {} : { signed: { signature: readText(body.subarray(start)), payload: raw.subarray(0, head + start) } }),
  };
}

interface Header {
  readonly name: string;
  /** Lines that follow the first are joined by line feeds, without the space that each begins with. */
  readonly value: string;
  /** As it stands in the object, with its line feed. */
  readonly bytes: Uint8Array;
}

const NEWLINE = Uint8Array.of(0x0a);
const [LF, SPACE] = [0x0a, 0x20];

/** Headers up to an empty line, and what follows it. */
function decodeObject(raw: Uint8Array): { readonly headers: readonly Header[]; readonly body: Uint8Array } {
  if (raw.length > LIMITS.gitObjectBytes) throw new Malformed("integrity/too-large", `an object of git has ${raw.length} bytes`);
  // git, which is written in C, takes a text for ended there: people would be shown less than was signed.
  if (raw.includes(0)) throw refuse("an object has a NUL in it");
  const headers: Header[] = [];
  let start = 0;
  while (raw[start] !== LF) {
    let end = raw.indexOf(LF, start);
    while (end >= 0 && raw[end + 1] === SPACE) end = raw.indexOf(LF, end + 1);
    if (end < 0) throw refuse("an object has no empty line after its headers");
    headers.push(decodeHeader(raw.subarray(start, end + 1)));
    start = end + 1;
  }
  for (const name of ONCE) if (headers.filter((header) => header.name === name).length > 1) throw refuse(`an object has ${name} twice`);
  return { headers, body: raw.subarray(start + 1) };
}

/** Texts that only say whose or when, and what tools of today or tomorrow add, may span lines; these may not. */
const ONE_LINE = new Set(["tree", "parent", "author", "committer", "encoding", "object", "type", "tag", "tagger"]);

function decodeHeader(bytes: Uint8Array): Header {
  const text = readText(bytes.subarray(0, -1));
  const [, name = "", rest = ""] = /^([A-Za-z][A-Za-z0-9:_-]{0,63}) ([^]*)$/.exec(text) ?? [];
  if (name === "") throw refuse(`an object has a header ${quote(text)}`);
  const isSignature = name.startsWith("gpgsig");
  if (isSignature && name !== SIGNATURES.sha1 && name !== SIGNATURES.sha256) throw refuse(`an object has a header ${quote(name)}`);
  if ((ONE_LINE.has(name) && rest.includes("\n")) || ((ONE_LINE.has(name) || isSignature) && rest.includes("\r")))
    throw refuse(`the header ${name} of an object has a line end in it`);
  return { name, value: rest.replaceAll("\n ", "\n"), bytes };
}

function readId(header: Header | undefined, hash: GitHash): string {
  const id = header?.value ?? "";
  if (id.length === GIT_ID_DIGITS[hash] && /^[0-9a-f]+$/.test(id)) return id;
  throw refuse(`an object names another by ${quote(id)}, which is no ${hash === "sha1" ? "SHA-1" : "SHA-256"} in hex`);
}

function readPerson(header: Header | undefined): GitPerson {
  const [, name = "", mail, seconds] = /^(?:([^<>]*) )?<([^<>]*)> ([0-9]{1,11}) [+-][0-9]{4}$/.exec(header?.value ?? "") ?? [];
  if (mail === undefined) throw refuse(`an object names somebody as ${quote(header?.value ?? "")}`);
  return { name: name.trim(), mail, at: new Date(Number(seconds) * 1000) };
}

/** Of the last line that begins one, as git looks for it: what stands before is covered. */
function startOfSignature(body: Uint8Array): number | undefined {
  const text = Buffer.from(body).toString("latin1");
  const [last] = [...text.matchAll(/^-----BEGIN (PGP SIGNATURE|PGP MESSAGE|SIGNED MESSAGE|SSH SIGNATURE)-----/gm)].slice(-1);
  return last?.index;
}

/** Old commits are in other encodings: for people to look at, a name may be shown wrong; ids and signatures are of the bytes. */
function readText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

function quote(text: string): string {
  return `"${showForeign(text, 100)}"`;
}

function refuse(message: string): Malformed {
  return new Malformed("git/object", message);
}
