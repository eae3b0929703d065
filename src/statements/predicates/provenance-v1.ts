/** SLSA provenance v1. Source: slsa.dev/spec/v1.2, build-provenance.md: unset, null and empty mean the same. */
import type { ContentOf, ProvenanceSource } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { parseGitUri, parseMaterial, sourceOf } from "./git-uri.ts";
import { type Ingredient, type NamedSources, repositorySource, splitIngredients } from "./provenance-sources.ts";

export function readProvenanceV1(predicate: JsonPlace): ContentOf<"provenance"> {
  const definition = predicate.get("buildDefinition");
  const run = predicate.get("runDetails");
  const metadata = run.optional("metadata");
  const startedAt = metadata?.optional("startedOn")?.time();
  const at = metadata?.optional("finishedOn")?.time() ?? startedAt;
  const buildType = definition.get("buildType").text();
  const ingredients = (definition.optional("resolvedDependencies")?.list() ?? []).map(parseIngredient);
  return {
    kind: "provenance",
    builder: run.get("builder").get("id").text(),
    buildType,
    ...splitIngredients(ingredients, readNamedSources(definition.optional("externalParameters"), buildType)),
    ...(at === undefined ? {} : { at }),
  };
}

function parseIngredient(member: JsonPlace): Ingredient {
  const material = parseMaterial(member);
  return { material, source: sourceOf(material, member) };
}

/** Build types in which the platform itself sets the parameter that names the source; of several the first that is there. */
const PLATFORMS: readonly (readonly [buildType: RegExp, names: readonly string[]])[] = [
  [/^https:\/\/(?:actions\.github\.io\/buildtypes|slsa-framework\.github\.io\/github-actions-buildtypes)\/workflow\/v1$/, ["workflow"]],
  // The configuration may lie elsewhere than what is built.
  [
    /^https:\/\/(?:cloud\.google\.com\/build\/gcb-buildtypes\/google-worker|slsa-framework\.github\.io\/gcb-buildtypes\/triggered-build)\/v1$/,
    ["sourceToBuild", "buildConfigSource"],
  ],
  [/^https:\/\/github\.com\/slsa-framework\/slsa-github-generator\//, ["source"]],
];

/** All that names a source in common build types: GitHub's, Google Cloud Build's, the SLSA generators', BuildKit's. */
const NAMES = ["sourceToBuild", "workflow", "buildConfigSource", "source", "configSource"];

/**
 * What the builder was told to build. In a build type that is not known, BuildKit's too, whoever starts the build may set any
 * parameter: all that stands where a source may be named is one, and a policy must be content with each. The example of the
 * specification has `repository` and `ref` themselves. A type that names none has all git dependencies as sources.
 */
function readNamedSources(parameters: JsonPlace | undefined, buildType: string): NamedSources {
  const platform = PLATFORMS.find(([type]) => type.test(buildType));
  if (parameters === undefined) return { sources: [], isOfPlatform: false };
  const places = (platform?.[1] ?? NAMES).flatMap((name) => parameters.optional(name) ?? []);
  const sources = [...places, ...(platform === undefined ? [parameters] : [])].flatMap((place) => readPlace(place) ?? []);
  return platform === undefined ? { sources, isOfPlatform: false } : { sources: sources.slice(0, 1), isOfPlatform: true };
}

function readPlace(place: JsonPlace): ProvenanceSource | undefined {
  if (typeof place.value === "string") return place.value === "" ? undefined : (parseGitUri(place.value) ?? { uri: place.value });
  const uri = place.optional("uri")?.textIfAny();
  if (uri !== undefined) return sourceOf(parseMaterial(place), place) ?? { uri };
  const repository = place.optional("repository")?.textIfAny();
  return repository === undefined ? undefined : repositorySource(repository, place.optional("ref")?.textIfAny());
}
