/** Where a source and its revision stand in the URIs of build systems. */
import type { ProvenanceSource } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";

/**
 * `git+https://host/path@REF#part` (SPDX, SLSA) and `https://host/path.git#REF:part` (BuildKit) as a source; `undefined` for what is not
 * in git. The revision begins at the first `@` of the path: a branch may hold another, the path of a repository does not.
 */
export function parseGitUri(uri: string): ProvenanceSource | undefined {
  const spdx = /^(git\+[a-z][a-z0-9+.-]*:\/\/[^/]*\/[^@#]*)(?:@([^#]*))?(?:#.*)?$/.exec(uri);
  const docker = /^((?:https?|git|ssh):\/\/[^/]*\/[^#]*?\.git)(?:#([^:]*)(?::.*)?)?$/.exec(uri);
  const address = spdx?.[1] ?? (docker?.[1] === undefined ? undefined : `git+${docker[1]}`);
  if (address === undefined) return undefined;
  const revision = spdx?.[2] ?? docker?.[2] ?? "";
  if (revision === "") return { uri: address };
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(revision) ? { uri: address, commit: revision } : { uri: address, ref: revision };
}

/** The commit that a set of digests names: `gitCommit`, or SHA-1 as older producers write it. */
function commitOf(digest: Readonly<Record<string, string>>): string | undefined {
  return digest["gitCommit"] ?? digest["sha1"];
}

/** Something with a URI and digests, as materials and dependencies are. */
export interface Material {
  readonly uri?: string;
  readonly digest: Readonly<Record<string, string>>;
}

export function parseMaterial(member: JsonPlace): Material {
  const uri = member.optional("uri")?.textIfAny();
  return { ...(uri === undefined ? {} : { uri }), digest: member.optional("digest")?.digestSet() ?? {} };
}

/** A material as a source; `undefined` if it is not in git. A URI that names one commit and a digest that names another is refused. */
export function sourceOf(material: Material, member: JsonPlace): ProvenanceSource | undefined {
  const source = material.uri === undefined ? undefined : parseGitUri(material.uri);
  if (source === undefined) return undefined;
  const commit = commitOf(material.digest);
  if (commit !== undefined && source.commit !== undefined && commit !== source.commit) member.refuse("names two commits");
  return commit === undefined ? source : { ...source, commit };
}
