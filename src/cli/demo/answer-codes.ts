/** The codes that an answer in JSON holds, wherever they stand: of findings, of what stands in a requirement's way, of an error. */
import { isObject } from "../../core/descriptor.ts";

export function codesIn(answer: unknown): readonly string[] {
  if (Array.isArray(answer)) return answer.flatMap(codesIn);
  if (!isObject(answer)) return [];
  const { code } = answer;
  return [...(typeof code === "string" ? [code] : []), ...Object.values(answer).flatMap(codesIn)];
}
