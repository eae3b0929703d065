/** What one evaluation may cost: every call is charged before it is made, by the size of what it looks at, so that none takes long. */
import { type CelValue, isCelList, isCelMap } from "@bufbuild/cel";

/** A unit is some 25 ns on a slow machine. */
const MAX_UNITS = 10_000_000;

export class Budget {
  #left = MAX_UNITS;

  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** Throws if nothing is left; the evaluator makes an error of it, and every further call does the same. */
  charge(units: number): void {
    this.#left -= units;
    if (this.isSpent) throw new Error("it costs more than an expression may");
  }

  /** All of a value, however deep. Counting stops when more was found than is left: one list can stand in itself many times over. */
  chargeDeep(value: CelValue | undefined): void {
    this.charge(CALL);
    if (typeof value === "string") this.charge(value.length / CHARS_A_UNIT);
    else if (value instanceof Uint8Array) this.charge(value.length);
    else if (isCelList(value)) for (const item of value) this.chargeDeep(item);
    else if (isCelMap(value)) {
      for (const [key, member] of value) {
        this.charge(CALL + (typeof key === "string" ? key.length / CHARS_A_UNIT : 0));
        this.chargeDeep(member);
      }
    }
  }
}

/** A function, or a value, whatever is in it. */
export const CALL = 10;
/** A part of what is done for each item of a loop, whether it works out or ends in an error, which costs more. */
export const PART = 20;
/** A function that ends in an error: `a || true` goes on after it, and in a loop it is made for each item. */
export const FAILURE = 200;
/** Of text that is looked through, or copied. */
const CHARS_A_UNIT = 4;
