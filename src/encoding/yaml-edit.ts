/** One entry of a map in a YAML file, written without touching the rest: comments and order stay. */

export type YamlValue = string | { readonly [member: string]: YamlValue } | readonly YamlValue[];

/** `bytes`: a document whose top is a map, as `decodeYaml` reads it. The map under `name` is made if need be. */
export async function setYamlEntry(
  bytes: Uint8Array,
  { name, key, value }: { readonly name: string; readonly key: string; readonly value: YamlValue },
): Promise<Uint8Array> {
  const { isMap, parseDocument } = await import("yaml");
  const document = parseDocument(new TextDecoder().decode(bytes), { version: "1.2", schema: "core", merge: false });
  if (!isMap(document.get(name))) document.set(name, document.createNode({}));
  document.setIn([name, key], typeof value === "string" ? value : document.createNode(value, { flow: true }));
  return new TextEncoder().encode(document.toString({ lineWidth: 0 }));
}
