/** What a server runs, as data. */
import type { ListenAddress } from "../http-server.ts";

export interface AuthorityConfiguration {
  readonly listen: ListenAddress;
  /** A key reference, as for `--key`; a path is as it was written. */
  readonly key: string;
  /** A path as it was written. */
  readonly certificate?: string;
  readonly policy: string;
  readonly accuracyMs: number;
  /** A folder's path as it was written. */
  readonly state: string;
}

export interface ServerConfiguration {
  readonly timestampAuthority: AuthorityConfiguration;
}
