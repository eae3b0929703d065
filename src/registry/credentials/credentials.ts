/** What opens a registry, and the error for what was to be found and could not be used. */
import { CountersignError } from "../../core/errors.ts";

export type Credentials = (
  | { readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token, which the token realm takes in place of a password. */
  | { readonly identityToken: string }
  /** A bearer token for the registry itself. */
  | { readonly registryToken: string }
) & {
  /** The file, helper or variable that they come from, for messages; none where they were given by option or typed. */
  readonly source?: string;
  /** Given with the call, and not stored. */
  readonly isGiven?: boolean;
};

/** Asked when a registry wants credentials, not before. No repository: for the registry as such. */
export type CredentialSource = (repository?: string) => Promise<Credentials | undefined>;

/** What is stored is never part of `state`. */
export function unusable(
  action: string,
  state: string,
  options: { readonly remedy?: string; readonly cause?: unknown } = {},
): CountersignError {
  return new CountersignError("registry/credentials", `Cannot ${action}: ${state}`, options);
}
