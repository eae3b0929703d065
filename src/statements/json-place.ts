/** A value in foreign JSON with its place in the document: what is missing or of the wrong kind is refused where it stands. */
import { isObject } from "../core/descriptor.ts";
import type { DigestAlgorithm } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import type { FindingCode } from "../core/finding.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { parseRfc3339 } from "../encoding/rfc3339.ts";

/** Hex digits of the algorithms whose values have a known form. Source: in-toto attestation v1, digest_set.md. */
const HEX: Readonly<Record<string, readonly number[]>> = {
  sha256: [64],
  sha384: [96],
  sha512: [128],
  sha1: [40],
  gitCommit: [40, 64],
} satisfies Readonly<Record<DigestAlgorithm | "sha1" | "gitCommit", readonly number[]>>;

/** Of objects larger than any real one: to list their members anew for each question would take seconds. */
const NAMES = new WeakMap<object, readonly string[]>();
const MANY = 1_000;

function namesOf(object: object): readonly string[] {
  const names = NAMES.get(object) ?? Object.keys(object);
  if (names.length > MANY) NAMES.set(object, names);
  return names;
}

export class JsonPlace {
  readonly value: unknown;
  /** `predicate.scanner.result[3]`. */
  readonly place: string;
  readonly #code: FindingCode;

  constructor(value: unknown, place: string, code: FindingCode = "statement/predicate") {
    this.value = value;
    this.place = place;
    this.#code = code;
  }

  /** Never returns. */
  refuse(why: string): never {
    throw new Malformed(this.#code, `${showForeign(this.place, 200)} ${why}`);
  }

  /** The member of this object; refused if it is missing or null. */
  get(name: string): JsonPlace {
    return this.optional(name) ?? this.#child(undefined, name).refuse("is missing");
  }

  /** `undefined` if it is missing or null: in-toto takes both for the same. */
  optional(name: string): JsonPlace | undefined {
    const object = this.object();
    this.#refuseVariants(object, name);
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    return value === undefined || value === null ? undefined : this.#child(value, name);
  }

  /** The same, and `undefined` too where it is an empty text: what producers write for "not known". */
  filled(name: string): JsonPlace | undefined {
    const member = this.optional(name);
    return member?.value === "" ? undefined : member;
  }

  object(): Readonly<Record<string, unknown>> {
    return isObject(this.value) ? this.value : this.refuse("is not an object");
  }

  /** Of the members of this object. */
  names(): readonly string[] {
    return namesOf(this.object());
  }

  /** Refuses any other member: of documents of our own, where one that is not understood could have changed the meaning. */
  only(names: readonly string[]): this {
    const other = this.names().find((name) => !names.includes(name));
    if (other !== undefined) this.#child(undefined, other).refuse("is not known");
    return this;
  }

  list(): readonly JsonPlace[] {
    if (!Array.isArray(this.value)) return this.refuse("is not a list");
    return this.value.map((item: unknown, index) => new JsonPlace(item, `${this.place}[${index}]`, this.#code));
  }

  /** The members of this object, whatever their names. */
  entries(): readonly (readonly [name: string, value: JsonPlace])[] {
    return Object.entries(this.object()).map(([name, value]) => [name, this.#child(value, name)]);
  }

  string(): string {
    return typeof this.value === "string" ? this.value : this.refuse("is not text");
  }

  /** Not empty. */
  text(): string {
    return this.string() === "" ? this.refuse("is empty") : this.string();
  }

  /** Text, or `undefined` where it is empty: what producers write for "not known". */
  textIfAny(): string | undefined {
    return this.string() === "" ? undefined : this.string();
  }

  time(): Date {
    return parseRfc3339(this.string()) ?? this.refuse("is not a time as RFC 3339 writes it");
  }

  number(): number {
    return typeof this.value === "number" ? this.value : this.refuse("is not a number");
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    return choices.find((choice) => choice === this.value) ?? this.refuse(`is none of ${choices.join(", ")}`);
  }

  /** Algorithm to value; values whose form is known are held to it. */
  digestSet(): Readonly<Record<string, string>> {
    const entries = this.entries();
    if (entries.length > LIMITS.subjectDigests) {
      throw new Malformed("integrity/too-large", `${showForeign(this.place, 200)} has over ${LIMITS.subjectDigests} digests`);
    }
    // A null prototype, so that a hostile name such as __proto__ is a name like any other.
    const digests: Record<string, string> = Object.create(null);
    for (const [algorithm, value] of entries) {
      const text = value.text();
      const lengths = Object.hasOwn(HEX, algorithm) ? HEX[algorithm] : undefined;
      const isGood = lengths === undefined ? text.length <= 512 : lengths.includes(text.length) && /^[0-9a-f]+$/.test(text);
      if (!isGood) value.refuse(lengths === undefined ? "is too long" : `is not ${lengths.join(" or ")} lower-case hex digits`);
      digests[algorithm] = text;
    }
    return digests;
  }

  #child(value: unknown, name: string): JsonPlace {
    return new JsonPlace(value, this.place === "" ? name : `${this.place}.${name}`, this.#code);
  }

  /** Go takes `Severity` for `severity`, so a document could say one thing to us and another to the tool that made it. */
  #refuseVariants(object: Readonly<Record<string, unknown>>, name: string): void {
    const folded = name.toLowerCase();
    for (const other of namesOf(object)) {
      // Upper case first, as letters such as U+017F only fold that way; folding keeps the length.
      if (other.length === name.length && other !== name && other.toUpperCase().toLowerCase() === folded) {
        throw new Malformed("json/case-variant", `${showForeign(`${this.place}.${other}`, 200)} differs from "${name}" only in case`);
      }
    }
  }
}
