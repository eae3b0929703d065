/** Whether a certificate is valid at a moment, in words. */
import type { Certificate } from "./certificate.ts";

/** Ends a sentence that the certificate begins; `undefined` if it is valid. Both ends belong to the validity. Source: RFC 5280 4.1.2.5. */
export function whyInvalid({ notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">, now: Date): string | undefined {
  if (now > notAfter) return `expired at ${notAfter.toISOString()}`;
  return now < notBefore ? `is not valid before ${notBefore.toISOString()}` : undefined;
}
