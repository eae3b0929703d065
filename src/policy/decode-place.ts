/** The bytes of one of our own YAML documents -> the place at its top. */
import { LIMITS } from "../core/limits.ts";
import { YamlFault } from "../encoding/yaml-text.ts";
import { decodeYaml } from "../encoding/yaml.ts";
import { Complaints } from "./countersign/complaints.ts";
import { DOCUMENT, Place } from "./countersign/place.ts";

/** Throws `Complaints` for what is no YAML, or YAML of a kind that is not read. */
export async function decodePlace(bytes: Uint8Array): Promise<Place> {
  try {
    const [node] = await decodeYaml(bytes, { maxBytes: LIMITS.policyBytes });
    return new Place(node ?? { kind: "null", position: { line: 1, column: 1 }, value: null }, DOCUMENT);
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new Complaints([{ position: error.position, member: DOCUMENT, state: `cannot be read: ${error.state}`, remedy: "correct it" }]);
  }
}
