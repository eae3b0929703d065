/** The signature of what was attested, as documents have it. */
import type { AttestResult } from "../../attest.ts";
import { describeStamp } from "../timestamp-options.ts";

export function describeSignature({ format, signature, stamp }: AttestResult): object {
  const { digest, size } = signature;
  return { format, digest, size, ...(stamp === undefined ? {} : { timestamp: describeStamp(stamp) }) };
}
