/** The `Link` header of a paged answer. */

/**
 * The next page's URL, or `undefined` on the last page. The caller decides whether it may be asked: a page on another
 * origin would let a registry send us anywhere.
 */
export function nextPage(link: string | undefined, from: URL): URL | undefined {
  // `rel` stands quoted in RFC 8288; some registries write it bare.
  const target = /<([^<>]*)>\s*;[^<]*\brel\s*=\s*"?next\b/i.exec((link ?? "").slice(0, 8192))?.[1];
  return target !== undefined && URL.canParse(target, from.href) ? new URL(target, from) : undefined;
}
