/** SLSA provenance v1. Source: slsa.dev/spec/v1.2, build-provenance.md: unset, null and empty mean the same. */
import type { ContentOf, ProvenanceSource } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { parseGitUri, parseMaterial, sourceOf } from "./git-uri.ts";
import { type Ingredient, repositorySource, splitIngredients } from "./provenance-sources.ts";

export function readProvenanceV1(predicate: JsonPlace): ContentOf<"provenance"> {
  const definition = predicate.get("buildDefinition");
  const run = predicate.get("runDetails");
  const metadata = run.optional("metadata");
  const startedAt = metadata?.optional("startedOn")?.time();
  const at = metadata?.optional("finishedOn")?.time() ?? startedAt;
  const ingredients = (definition.optional("resolvedDependencies")?.list() ?? []).map(parseIngredient);
  return {
    kind: "provenance",
    builder: run.get("builder").get("id").text(),
    buildType: definition.get("buildType").text(),
    ...splitIngredients(ingredients, readNamedSource(definition.optional("externalParameters"))),
    ...(at === undefined ? {} : { at }),
  };
}

function parseIngredient(member: JsonPlace): Ingredient {
  const material = parseMaterial(member);
  return { material, source: sourceOf(material, member) };
}

/**
 * What the builder was told to build, where the common build types say it: GitHub's workflow (`workflow: {repository, ref}`), Google
 * Cloud Build (`buildConfigSource: {repository, ref}`, or `sourceToBuild`, which wins, as the configuration may lie elsewhere),
 * BuildKit (`configSource: {uri, digest}`), the SLSA generators (`source: {uri, digest}`) and the example of the specification
 * (`source: "URI"`; `repository` and `ref`). Other types name none, so that all git dependencies are sources.
 */
function readNamedSource(parameters: JsonPlace | undefined): ProvenanceSource | undefined {
  if (parameters === undefined) return undefined;
  for (const name of ["sourceToBuild", "workflow", "buildConfigSource", "source", "configSource"]) {
    const place = parameters.optional(name);
    const source = place === undefined ? undefined : readPlace(place);
    if (source !== undefined) return source;
  }
  return readPlace(parameters);
}

function readPlace(place: JsonPlace): ProvenanceSource | undefined {
  if (typeof place.value === "string") return place.value === "" ? undefined : (parseGitUri(place.value) ?? { uri: place.value });
  const uri = place.optional("uri")?.textIfAny();
  if (uri !== undefined) return sourceOf(parseMaterial(place), place) ?? { uri };
  const repository = place.optional("repository")?.textIfAny();
  return repository === undefined ? undefined : repositorySource(repository, place.optional("ref")?.textIfAny());
}
