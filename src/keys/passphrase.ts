/** The passphrase that the environment gives. */

/**
 * Set and empty is not given, as for every variable of ours. A key in cosign's form may be locked with nothing, and
 * `COSIGN_PASSWORD`, which is its own, then says so.
 */
export function passphraseOfEnvironment(env: Readonly<Record<string, string | undefined>>, form?: "cosign"): string | undefined {
  const own = form === "cosign" ? env["COSIGN_PASSWORD"] : undefined;
  return own ?? (env["COUNTERSIGN_PASSPHRASE"] || undefined);
}
