/** A value of the document with its place: reading it as what it must be, or complaining where it stands. */
import { showForeign } from "../../core/display.ts";
import { yamlMember, type YamlNode, type YamlPosition } from "../../encoding/yaml-node.ts";
import { nearestName } from "../nearest.ts";
import { type Complaint, Complaints, readAll } from "./complaints.ts";
import type { ObjectShape } from "./field.ts";

/** An entry of a map whose keys the author chooses. */
export interface Entry {
  readonly name: string;
  readonly key: Place;
  readonly value: Place;
}

export class Place {
  readonly #node: YamlNode;
  readonly #position: YamlPosition;
  readonly member: string;

  constructor(node: YamlNode, member: string, position: YamlPosition = node.position) {
    this.#node = node;
    this.member = member;
    this.#position = position;
  }

  get kind(): YamlNode["kind"] {
    return this.#node.kind;
  }

  get line(): number {
    return this.#position.line;
  }

  complaint(state: string, remedy: string): Complaint {
    return { position: this.#position, member: showForeign(this.member, 200), state: showForeign(state), remedy: showForeign(remedy) };
  }

  refuse(state: string, remedy: string, cause?: unknown): never {
    throw new Complaints([{ ...this.complaint(state, remedy), ...(cause === undefined ? {} : { cause }) }]);
  }

  /** `instead`: what to write for a number that stands there, where quotes alone would not do. */
  text(example: string, instead?: (written: number) => string): string {
    const node = this.#node;
    if (node.kind === "text" && node.value !== "") return node.value;
    if (node.kind === "number" && instead !== undefined) {
      return this.refuse(`is the number ${node.value}, and must be text`, `write ${instead(node.value)}`);
    }
    if (node.kind === "number" || node.kind === "boolean") {
      return this.refuse(`is the ${node.kind} ${node.value}, and must be text`, `quote it: "${node.value}"`);
    }
    return this.#isNot("text", example);
  }

  oneOf<T extends string>(allowed: readonly T[]): T {
    const text = this.text(allowed.join(" or "));
    const found = allowed.find((entry) => entry === text);
    if (found !== undefined) return found;
    return this.refuse(
      `is ${quote(text)}, and must be ${allowed.join(" or ")}`,
      nearestName(text, allowed) ?? `write ${allowed.join(" or ")}`,
    );
  }

  count(): number {
    const node = this.#node;
    if (node.kind === "number" && Number.isSafeInteger(node.value) && node.value >= 1) return node.value;
    if (node.kind === "number") return this.refuse(`is ${node.value}, and must be a whole number of at least 1`, "write 1, or more");
    if (node.kind === "text" && /^[0-9]+$/.test(node.value)) {
      return this.refuse(`is the text "${node.value}", and must be a number`, `write it without quotes: ${Number(node.value)}`);
    }
    return this.#isNot("a whole number of at least 1", "1");
  }

  flag(): boolean {
    const node = this.#node;
    return node.kind === "boolean" ? node.value : this.#isNot("true or false", "true");
  }

  /** `what` it must be, in words. */
  list(what: string, example: string, { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {}): readonly Place[] {
    const node = this.#node;
    if (node.kind !== "list") return this.#isNot(what, example);
    if (node.items.length === 0 && !mayBeEmpty) return this.refuse("is empty", `write ${example}`);
    return node.items.map((item, index) => new Place(item, `${this.member}[${index}]`));
  }

  /** A list, or its only item by itself. */
  listOrOne(what: string, example: string): readonly Place[] {
    return this.kind === "list" ? this.list(what, example) : [this];
  }

  entries(what: string, example: string): readonly Entry[] {
    const node = this.#node;
    if (node.kind !== "map") return this.#isNot(what, example);
    if (node.entries.length === 0) return this.refuse("is empty", `write ${example}`);
    return node.entries.map(({ key, keyPosition, value }) => {
      const member = memberPath(this.member, key);
      return { name: key, key: new Place(value, member, keyPosition), value: new Place(value, member) };
    });
  }

  /** The value under a name, before it is asked what else the map has. */
  find(name: string): Place | undefined {
    const value = yamlMember(this.#node, name);
    return value === undefined ? undefined : new Place(value, memberPath(this.member, name));
  }

  /** A map whose fields are in the table. Every other name is refused, together with all that `readers` refuse. */
  object<T>(shape: ObjectShape, readers: (fields: Fields) => { readonly [K in keyof T]: () => T[K] }): T {
    const node = this.#node;
    if (node.kind !== "map") return this.#isNot(`a map, as ${shape.title} is`, shape.example);
    const known = new Map<string, Place>();
    const unknown: Complaint[] = [];
    for (const { key, keyPosition, value } of node.entries) {
      const member = memberPath(this.member, key);
      if (Object.hasOwn(shape.fields, key)) known.set(key, new Place(value, member));
      else unknown.push(new Place(value, member, keyPosition).#unknown(key, shape));
    }
    const { result, complaints } = readAll(readers(new Fields(this, shape, known)));
    // What is missed may be what stands there under a name that is not known.
    const others = unknown.length === 0 ? complaints : complaints.filter(({ member }) => member !== this.member);
    if (unknown.length + others.length > 0) throw new Complaints([...unknown, ...others]);
    return result;
  }

  #unknown(name: string, { title, fields, later = [], never = {}, elsewhere = {} }: ObjectShape): Complaint {
    if (later.includes(name)) {
      const state = "is not supported by this version of Countersign, and would not be checked";
      return this.complaint(state, `take ${name} out, or use a version that checks it`);
    }
    if (Object.hasOwn(never, name)) return this.complaint(`cannot be set: ${never[name]}`, `take ${name} out`);
    if (Object.hasOwn(elsewhere, name)) return this.complaint(`is not a field of ${title}`, `move it to ${elsewhere[name]}`);
    const known = Object.keys(fields);
    const has = `${title} has ${known.join(", ")}`;
    const meant = nearestName(name, [...known, ...later]);
    if (meant === undefined) return this.complaint(`is not a field of ${title}`, has);
    return this.complaint(`is not a field of ${title} (did you mean ${meant}?)`, `write ${meant}; ${has}`);
  }

  #isNot(what: string, example: string): never {
    return this.refuse(`is ${describe(this.#node)}, and must be ${what}`, `write ${example}`);
  }
}

/** The fields of one map. */
export class Fields {
  readonly place: Place;
  readonly #shape: ObjectShape;
  readonly #fields: ReadonlyMap<string, Place>;

  constructor(place: Place, shape: ObjectShape, fields: ReadonlyMap<string, Place>) {
    this.place = place;
    this.#shape = shape;
    this.#fields = fields;
  }

  optional(name: string): Place | undefined {
    return this.#fields.get(name);
  }

  required(name: string): Place {
    const { title, example } = this.#shape;
    return this.#fields.get(name) ?? this.place.refuse(`has no ${name}, which ${title} needs`, `write ${example}`);
  }

  /** The one field of `names` that is there. */
  only<T extends string>(names: readonly T[]): { readonly name: T; readonly value: Place } {
    const { title, example } = this.#shape;
    const found = this.all(names);
    const [first, second] = found;
    if (first === undefined) return this.place.refuse(`has none of ${names.join(", ")}, and ${title} needs one`, `write ${example}`);
    if (second === undefined) return first;
    return second.value.refuse(`stands beside ${first.name}, and ${title} has one of them`, `take one out of ${names.join(", ")}`);
  }

  /** Those of `names` that are there. */
  all<T extends string>(names: readonly T[]): readonly { readonly name: T; readonly value: Place }[] {
    return names.flatMap((name) => {
      const value = this.#fields.get(name);
      return value === undefined ? [] : [{ name, value }];
    });
  }
}

/** `gates.prod`, `products["shop/{app}"]`. */
function memberPath(parent: string, key: string): string {
  if (!/^[A-Za-z][\w-]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === "" || parent === DOCUMENT ? key : `${parent}.${key}`;
}

export const DOCUMENT = "the document";

/** Foreign text in quotes, cut where nobody reads on. */
export function quote(text: string): string {
  return `"${showForeign(text, 200)}"`;
}

function describe(node: YamlNode): string {
  if (node.kind === "text") return node.value === "" ? "empty" : quote(node.value);
  if (node.kind === "null") return "empty";
  return node.kind === "map" || node.kind === "list" ? `a ${node.kind}` : `the ${node.kind} ${node.value}`;
}
