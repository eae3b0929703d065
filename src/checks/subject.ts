/** Is the signature for this image? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import type { Signature } from "../core/signature.ts";
import type { Observation } from "./observation.ts";

/** Source: Notary signature specification, "Payload": media type, digest and size, all three. */
export function checkSubject({ claimed }: Signature, { subject }: CheckContext): Observation {
  const members = ["digest", "size", "mediaType"] as const;
  const other = members.find((member) => claimed.subject[member] !== subject[member]);
  if (other !== undefined) {
    const [signed, resolved] = [claimed.subject[other], subject[other]].map((value) => showForeign(String(value), 200));
    return { code: "subject/mismatch", message: `the signature is for another image: its ${other} is ${signed}, this one's ${resolved}` };
  }
  return { code: "subject/match", message: `the signature is for ${subject.digest}` };
}
