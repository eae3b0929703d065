/** Which of the things that went into a build is what it was built from. */
import type { ContentOf, ProvenanceSource } from "../../core/evidence.ts";
import { type Material, parseGitUri } from "./git-uri.ts";

type Provenance = ContentOf<"provenance">;

/** A dependency that a builder lists, and the source that it is if it lies in git. */
export interface Ingredient {
  readonly material: Material;
  readonly source: ProvenanceSource | undefined;
}

/** What a builder says that it was told to build. */
export interface NamedSources {
  readonly sources: readonly ProvenanceSource[];
  /** Whether the platform sets it, and nobody who starts a build. */
  readonly isOfPlatform: boolean;
}

/**
 * The sources and the rest. The commit of a named source is that of the ingredient with the same address, for what a tenant asks
 * for is a name and what the builder fetched has a digest. An ingredient that was merely needed is no source then: else whoever
 * may edit a build could list a trusted repository beside their own. Where nothing was named, all that lies in git is a source,
 * and a policy must be content with each; and so it is where whoever starts a build names something that was not fetched.
 */
export function splitIngredients(
  ingredients: readonly Ingredient[],
  { sources: named, isOfPlatform }: NamedSources,
): Pick<Provenance, "sources" | "materials"> {
  const namedAs = (source: ProvenanceSource): ProvenanceSource | undefined => named.find((one) => isSame(source, one));
  const isNamed = ({ source }: Ingredient): boolean => source !== undefined && namedAs(source) !== undefined;
  const isContradicted = !isOfPlatform && !ingredients.some(isNamed);
  const isSource = (one: Ingredient): boolean => isNamed(one) || (one.source !== undefined && (named.length === 0 || isContradicted));
  const found = ingredients.filter(isSource).flatMap(({ source }) => (source === undefined ? [] : [merge(source, namedAs(source))]));
  const others = named.filter((one) => !found.some((source) => isSame(source, one)));
  return {
    sources: distinct([...others, ...found]),
    materials: ingredients.filter((ingredient) => !isSource(ingredient)).map(({ material }) => material),
  };
}

/** The address of a repository, with or without `git+`, and the ref that stands beside it. */
export function repositorySource(repository: string, ref: string | undefined): ProvenanceSource {
  const source = parseGitUri(repository) ?? parseGitUri(`git+${repository}`) ?? { uri: repository };
  return ref === undefined ? source : { ...source, ref };
}

function isSame(source: ProvenanceSource, named: ProvenanceSource): boolean {
  return source.uri === named.uri && agree(source.ref, named.ref) && agree(source.commit, named.commit);
}

/** Where one of two does not say, they do not disagree. */
function agree(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

function merge(source: ProvenanceSource, named: ProvenanceSource | undefined): ProvenanceSource {
  const ref = source.ref ?? named?.ref;
  const commit = source.commit ?? named?.commit;
  return { uri: source.uri, ...(commit === undefined ? {} : { commit }), ...(ref === undefined ? {} : { ref }) };
}

function distinct(sources: readonly ProvenanceSource[]): readonly ProvenanceSource[] {
  return [...new Map(sources.map((source) => [JSON.stringify([source.uri, source.commit, source.ref]), source])).values()];
}
