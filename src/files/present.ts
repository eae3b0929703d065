/** Whether something stands in a place: a file, a folder, or a link to nothing. */
import { lstatSync } from "node:fs";
import { fileFailureOf } from "./failure.ts";

/** What cannot be looked at is taken to be there: it must not be passed over. */
export function isPresent(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    return fileFailureOf(error).state !== "absent";
  }
}
