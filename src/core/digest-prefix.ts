/** Digests and fingerprints as a person types them: whole, or their first digits. */

const WRITTEN = /^(?:(sha\d{3}):)?((?:[0-9a-f]{2}:?){4}[0-9a-f:]*)(?:\u2026|\.{3})?$/i;

/**
 * Those of `digests` (`sha256:` and hex, or hex alone) that are `text` or start so, each once; it takes eight digits at
 * least. openssl's colons are passed over, and the mark of what was cut off.
 */
export function findByPrefix(text: string, digests: readonly string[]): readonly string[] {
  const [, algorithm, written = ""] = WRITTEN.exec(text) ?? [];
  const digits = written.replaceAll(":", "").toLowerCase();
  if (digits === "") return [];
  return [...new Set(digests)].filter((digest) => {
    const [hex = "", of = "sha256"] = digest.split(":").toReversed();
    return hex.startsWith(digits) && (algorithm === undefined || algorithm.toLowerCase() === of);
  });
}
