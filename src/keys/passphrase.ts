/** The passphrase that the environment gives. */

/** Set and empty is not given, as for every variable of ours. */
export function passphraseOfEnvironment(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env["COUNTERSIGN_PASSPHRASE"] || undefined;
}
