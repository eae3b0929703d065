/** The `WWW-Authenticate` header: what a registry asks for before it answers. */

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Longer headers are cut: the pattern below is quadratic in the length of a word. */
const MAX_LENGTH = 2048;
const PART = /([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([A-Za-z]+)(?=\s|,|$)/g;

/** Source: RFC 9110, 11.6.1. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  for (const [, name, quoted, bare, scheme] of header.slice(0, MAX_LENGTH).matchAll(PART)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: Object.create(null) });
    const last = challenges.at(-1);
    if (name !== undefined && last !== undefined) last.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "";
  }
  return challenges;
}
