/** Does the builder say what is asked: who built it, how, and from what? */
import { showForeign } from "../../core/display.ts";
import type { ContentOf, Objection, ProvenanceSource } from "../../core/evidence.ts";
import type { ProvenanceAsked } from "./asked.ts";

export function judgeProvenance(
  { builder, buildType, source, ref }: ProvenanceAsked,
  content: ContentOf<"provenance">,
): readonly Objection[] {
  const objections: Objection[] = [];
  if (builder !== undefined && content.builder !== builder)
    objections.push({ code: "evidence/builder", message: `it was built by ${quote(content.builder)}, and not by ${quote(builder)}` });
  if (buildType !== undefined && content.buildType !== buildType) {
    const is = content.buildType === undefined ? "not said" : quote(content.buildType);
    objections.push({ code: "evidence/build-type", message: `how it was built is ${is}, and not ${quote(buildType)}` });
  }
  if (source !== undefined) objections.push(...judgeSources(source, content.sources));
  if (ref !== undefined) objections.push(...judgeRefs(ref, content.sources));
  return objections;
}

/** What is built from another source too is not built from this one. */
function judgeSources(asked: string, sources: readonly ProvenanceSource[]): readonly Objection[] {
  const other = sources.find(({ uri }) => uri !== asked);
  if (sources.length > 0 && other === undefined) return [];
  const is = other === undefined ? "the builder does not say from what it was built" : `it was built from ${quote(other.uri)}`;
  return [{ code: "evidence/source", message: `${is}, and ${quote(asked)} is asked for` }];
}

/** One source may be named with its ref and again without; it is never said to be of two. */
function judgeRefs(asked: string, sources: readonly ProvenanceSource[]): readonly Objection[] {
  const refs = sources.flatMap(({ ref }) => (ref === undefined ? [] : [ref]));
  const other = refs.find((ref) => ref !== asked);
  if (refs.length > 0 && other === undefined) return [];
  const is = other === undefined ? "the builder does not say of which ref it is" : `it is of ${quote(other)}`;
  return [{ code: "evidence/ref", message: `${is}, and ${quote(asked)} is asked for` }];
}

function quote(text: string): string {
  return `"${showForeign(text, 200)}"`;
}
