/** Sigstore keeps the whole answer of a timestamp authority, and not only its token. Source: RFC 3161 2.4.2, TimeStampResp. */
import { decodeDer } from "../encoding/der-reader.ts";

/** Throws `Malformed`. What else the answer says is the authority's word to whoever asked, and signed by nobody. */
export function tokenOfAnswer(answer: Uint8Array): Uint8Array {
  return decodeDer(answer, (reader) =>
    reader.sequence((parts) => {
      parts.any();
      return parts.any().bytes;
    }),
  );
}
