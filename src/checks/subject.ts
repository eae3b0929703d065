/** Is the signature for this image, and does it carry the annotations that were asked for? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import type { Signature } from "../core/signature.ts";
import type { Observation } from "./observation.ts";

/** Source: Notary signature specification, "Payload": media type, digest and size, all three; and "User metadata". */
export function checkSubject({ claimed }: Signature, { subject, requirement }: CheckContext): Observation {
  const members = ["digest", "size", "mediaType"] as const;
  const other = members.find((member) => claimed.subject[member] !== subject[member]);
  if (other !== undefined) {
    const [signed, resolved] = [claimed.subject[other], subject[other]].map((value) => showForeign(String(value), 200));
    return { code: "subject/mismatch", message: `the signature is for another image: its ${other} is ${signed}, this one's ${resolved}` };
  }
  for (const [name, value] of Object.entries(requirement.annotations ?? {})) {
    const signed = Object.hasOwn(claimed.annotations, name) ? claimed.annotations[name] : undefined;
    if (signed === value) continue;
    const found = signed === undefined ? "is not there" : `is "${showForeign(signed, 200)}"`;
    return {
      code: "subject/annotation-missing",
      message: `the signed annotation ${showForeign(name, 200)} ${found}; "${showForeign(value, 200)}" is asked for`,
    };
  }
  return { code: "subject/match", message: `the signature is for ${subject.digest}` };
}
