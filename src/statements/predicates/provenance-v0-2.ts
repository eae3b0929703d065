/** SLSA provenance v0.2. Source: slsa.dev/provenance/v0.2. */
import type { ContentOf, ProvenanceSource } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { parseMaterial, sourceOf } from "./git-uri.ts";
import { type Ingredient, splitIngredients } from "./provenance-sources.ts";

export function readProvenanceV02(predicate: JsonPlace): ContentOf<"provenance"> {
  const metadata = predicate.optional("metadata");
  const startedAt = metadata?.optional("buildStartedOn")?.time();
  const at = metadata?.optional("buildFinishedOn")?.time() ?? startedAt;
  const buildType = predicate.get("buildType").text();
  const configSource = predicate.optional("invocation")?.optional("configSource");
  const ingredients = (predicate.optional("materials")?.list() ?? []).map(parseIngredient);
  return {
    kind: "provenance",
    builder: predicate.get("builder").get("id").text(),
    buildType,
    ...splitIngredients(ingredients, {
      sources: namesSource(buildType) ? readConfigSource(configSource) : [],
      isOfPlatform: isOfGitHub(buildType),
    }),
    ...(at === undefined ? {} : { at }),
  };
}

function parseIngredient(member: JsonPlace): Ingredient {
  const material = parseMaterial(member);
  return { material, source: sourceOf(material, member) };
}

/** With GitHub's workflows and BuildKit the configuration lies in what is built; Tekton's may come from a catalogue of tasks. */
function namesSource(buildType: string): boolean {
  return !/^(?:https:\/\/)?tekton\.dev\//.test(buildType);
}

/** Where the platform says which repository a workflow is of. Source: the SLSA generators for GitHub, and GitHub's own early build type. */
function isOfGitHub(buildType: string): boolean {
  return /^https:\/\/github\.com\/(?:slsa-framework\/slsa-github-generator|Attestations\/GitHubActionsWorkflow@)/.test(buildType);
}

function readConfigSource(configSource: JsonPlace | undefined): readonly ProvenanceSource[] {
  if (configSource === undefined) return [];
  const material = parseMaterial(configSource);
  if (material.uri === undefined) return [];
  return [sourceOf(material, configSource) ?? { uri: material.uri }];
}
