/** Names of the tags that tie something to a digest: the fallback tag of the referrers API, announcements, and those of cosign. */
import { type Digest, digestAlgorithm, digestHex } from "./digest.ts";

/** The tag that holds the index of a subject's referrers. Source: distribution-spec 1.1, "Referrers Tag Schema": algorithm cut at 32, encoded part at 64. */
export function fallbackTag(subject: Digest): string {
  return `${digestAlgorithm(subject).slice(0, 32)}-${digestHex(subject).slice(0, 64)}`;
}

const OWN_DIGITS = 12;

/** What an announcement shows of a referrer's digest. */
export function announcedDigits(referrer: Digest): string {
  return digestHex(referrer).slice(0, OWN_DIGITS);
}

/** The tag by which one referrer shows itself to other writers before it is in the index. See docs/decisions/fallback-index.md. */
export function announcementTag(subject: Digest, referrer: Digest): string {
  return `${fallbackTag(subject)}.cs-${announcedDigits(referrer)}`;
}

/** The start of the referrer's digest that an announcement names, or `undefined` for any other tag. */
export function announcedHex(tag: string, subject: Digest): string | undefined {
  const prefix = `${fallbackTag(subject)}.cs-`;
  const hex = tag.startsWith(prefix) ? tag.slice(prefix.length) : "";
  return hex.length === OWN_DIGITS && /^[0-9a-f]+$/.test(hex) ? hex : undefined;
}

/**
 * Whether the tag is one by which cosign hangs something on the subject: `sha256-<hex>.sig`, `.att`, `.sbom`, and what
 * may come. The fallback tag has no suffix, an announcement's has a hyphen.
 */
export function isCosignTag(tag: string, subject: Digest): boolean {
  const prefix = `${fallbackTag(subject)}.`;
  return tag.startsWith(prefix) && /^[a-z0-9]+$/.test(tag.slice(prefix.length));
}

/** The forms that cosign has written so far, for a registry that does not list its tags. */
export function cosignTags(subject: Digest): readonly string[] {
  return ["sig", "att", "sbom"].map((suffix) => `${fallbackTag(subject)}.${suffix}`);
}
