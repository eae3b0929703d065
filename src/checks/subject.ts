/** Is the signature for this image? */
import type { CheckContext } from "../core/check.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { digestAlgorithm, digestHex } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import type { Statement } from "../core/evidence.ts";
import type { Signature } from "../core/signature.ts";
import type { Observation } from "./observation.ts";

/** Source: Notary signature specification, "Payload": media type, digest and size, all three. A statement says the digest alone. */
export function checkSubject({ claimed }: Signature, { subject }: CheckContext): Observation {
  if (claimed.statement !== undefined && isAbout(claimed.statement, subject)) {
    return { code: "subject/match", message: `the statement is about ${subject.digest}` };
  }
  const { digest, size, mediaType } = claimed.subject;
  const told = { digest, ...(size === undefined ? {} : { size }), ...(mediaType === undefined ? {} : { mediaType }) };
  const other = (["digest", "size", "mediaType"] as const).find((member) => member in told && told[member] !== subject[member]);
  if (other !== undefined) {
    const [signed, resolved] = [told[other], subject[other]].map((value) => showForeign(String(value), 200));
    return { code: "subject/mismatch", message: `the signature is for another image: its ${other} is ${signed}, this one's ${resolved}` };
  }
  return { code: "subject/match", message: `the signature is for ${subject.digest}` };
}

/** Any of those that it names will do. Source: in-toto attestation v1, "Matching functions". */
function isAbout({ subjects }: Statement, { digest }: Descriptor): boolean {
  const [algorithm, hex] = [digestAlgorithm(digest), digestHex(digest)];
  return subjects.some((one) => Object.hasOwn(one.digest, algorithm) && one.digest[algorithm] === hex);
}
