/** What is wrong with the bytes of a timestamp, told of the timestamp. */
import { Malformed } from "../../core/malformed.ts";

/** The codes of encodings would be told of the signature that carries it, or of nothing at all. */
export function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed) || error.code.startsWith("time/")) throw error;
    throw new Malformed("time/timestamp-malformed", `the timestamp cannot be read: ${error.message}`);
  }
}
