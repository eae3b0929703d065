/** The functions of expressions: those of the library, each charged for, and in place of a few of them stricter ones. */
import {
  type CelFunc,
  type CelList,
  type CelValue,
  celEnv,
  celFunc,
  celList,
  celMethod,
  celUint,
  CelScalar,
  isCelError,
  isCelMap,
  listType,
  objectType,
} from "@bufbuild/cel";
import { type Timestamp, timestampDate, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { RE2JS } from "@bufbuild/re2";
import { type Budget, CALL, FAILURE, PART } from "./budget.ts";
import { zonedDate } from "./zoned-date.ts";

const { BOOL, DOUBLE, DYN, INT, STRING, UINT } = CelScalar;
const LIST = listType(DYN);
const TIMESTAMP = objectType(TimestampSchema);

/** Stand in the tree in place of what the library does by itself; no text can name them. */
export const HAS = "@has";
export const TICK = "@tick";

/** What the evaluation that runs may still cost; there is never more than one. */
export interface Meter {
  budget: Budget;
}

/** `patterns`: those of `matches`, compiled, and how much a letter of the text costs. */
export function meteredFunctions(meter: Meter, patterns: ReadonlyMap<string, Pattern>): readonly CelFunc[] {
  const own = ownFunctions(meter, patterns);
  const replaced = new Set(own.map(({ id }) => id));
  const others = [...celEnv().funcs].filter(({ id }) => !replaced.has(id));
  return [...own, ...others.map((one) => metered(one, meter))];
}

export interface Pattern {
  readonly regex: RE2JS;
  readonly weight: number;
}

/** Its size with all that is repeated written out: what the automaton may have to follow for each letter. */
export function compilePattern(text: string): Pattern {
  const repeats = [...text.matchAll(/\{([0-9]+)(?:,([0-9]*))?\}/g)].map(([, least, most]) => Math.max(Number(least), Number(most ?? 0), 1));
  const weight = repeats.reduce((product, times) => product * times, Math.max(text.length, 1));
  return { regex: RE2JS.compile(text), weight };
}

function metered(one: CelFunc, meter: Meter): CelFunc {
  const { name, target, arguments: types, result } = one;
  const call = (self: CelValue | undefined, values: readonly CelValue[]): CelValue => {
    for (const value of self === undefined ? values : [self, ...values]) {
      // Of all functions it alone does not look into lists.
      if (name === "size") meter.budget.charge(CALL + (typeof value === "string" ? value.length : 0));
      else meter.budget.chargeDeep(value);
    }
    try {
      const answer = one.call(0, self, [...values]);
      if (answer === undefined) throw new Error(`${name} is not for such values`);
      if (isCelError(answer)) throw answer;
      return answer;
    } catch (error) {
      meter.budget.charge(FAILURE);
      throw error;
    }
  };
  if (target === undefined) return celFunc(name, types, result, (...values: CelValue[]) => call(undefined, values));
  return celMethod(name, target, types, result, function (this: CelValue, ...values: CelValue[]) {
    return call(this, values);
  });
}

function ownFunctions(meter: Meter, patterns: ReadonlyMap<string, Pattern>): readonly CelFunc[] {
  return [
    celFunc(TICK, [BOOL, INT], BOOL, (isGoingOn, weight) => {
      meter.budget.charge(Number(weight) * PART);
      return isGoingOn;
    }),
    // The library says that a text or a list just has no such member, and a policy may ask for one that must not be there.
    celFunc(HAS, [DYN, STRING], BOOL, (value, name) => {
      meter.budget.charge(CALL);
      if (!isCelMap(value)) throw new Error(`what is asked for ${name} has no members`);
      return value.has(name);
    }),
    // The library chains them, and walks the whole chain for every item.
    celFunc("_+_", [LIST, LIST], LIST, (one, other) => {
      meter.budget.charge(CALL + (one.size + other.size) / ITEMS_A_UNIT);
      return joined(one, other);
    }),
    celMethod("matches", STRING, [STRING], BOOL, function (text) {
      const pattern = patterns.get(text);
      if (pattern === undefined) throw new Error("the pattern is not written in the expression");
      meter.budget.charge(CALL + this.length * pattern.weight);
      return pattern.regex.test(this);
    }),
    // The library reads an empty text as 0, and what is no number as one that is neither less nor more than any other.
    celFunc("int", [STRING], INT, (text) => readInteger(text, -(2n ** 63n), 2n ** 63n)),
    celFunc("uint", [STRING], UINT, (text) => celUint(readInteger(text, 0n, 2n ** 64n))),
    celFunc("double", [STRING], DOUBLE, readDouble),
    ...TIMES.flatMap(([name, read]) => [
      celMethod(name, TIMESTAMP, [], INT, function () {
        meter.budget.charge(CALL);
        return BigInt(read(dateOf(this.message)));
      }),
      celMethod(name, TIMESTAMP, [STRING], INT, function (zone) {
        meter.budget.charge(ZONE);
        return BigInt(read(zonedDate(dateOf(this.message), zone)));
      }),
    ]),
  ];
}

/** Items that are copied, measured. */
const ITEMS_A_UNIT = 4;
/** The calendar of a time zone is followed. */
const ZONE = 4_000;

/** Lists that were made here, so that they are copied as a whole. */
const ARRAYS = new WeakMap<CelList, readonly CelValue[]>();

function joined(one: CelList, other: CelList): CelList {
  const items = (ARRAYS.get(one) ?? [...one]).concat(ARRAYS.get(other) ?? [...other]);
  const list = celList(items);
  ARRAYS.set(list, items);
  return list;
}

function readInteger(text: string, least: bigint, below: bigint): bigint {
  const number = /^-?[0-9]{1,20}$/.test(text) ? BigInt(text) : undefined;
  if (number === undefined || number < least || number >= below) throw new Error("the text is no whole number");
  return number;
}

function readDouble(text: string): number {
  const number = /^-?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) throw new Error("the text is no number");
  return number;
}

/** Source: CEL specification, "Standard definitions": months, and days of a month and of a year, are counted from 0. */
export const TIMES: readonly (readonly [name: string, read: (date: Date) => number])[] = [
  ["getFullYear", (date) => date.getUTCFullYear()],
  ["getMonth", (date) => date.getUTCMonth()],
  ["getDate", (date) => date.getUTCDate()],
  ["getDayOfMonth", (date) => date.getUTCDate() - 1],
  ["getDayOfWeek", (date) => date.getUTCDay()],
  ["getDayOfYear", dayOfYear],
  ["getHours", (date) => date.getUTCHours()],
  ["getMinutes", (date) => date.getUTCMinutes()],
  ["getSeconds", (date) => date.getUTCSeconds()],
  ["getMilliseconds", (date) => date.getUTCMilliseconds()],
];

function dayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / 86_400_000);
}

function dateOf(timestamp: Timestamp): Date {
  return timestampDate(timestamp);
}
