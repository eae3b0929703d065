/** What a Countersign policy says of itself, without what else it says: it may name key files that are not at hand. */
import { LIMITS } from "../../core/limits.ts";
import { decodeYaml } from "../../encoding/yaml.ts";
import { yamlMember } from "../../encoding/yaml-node.ts";
import { YamlFault } from "../../encoding/yaml-text.ts";

export interface Heading {
  readonly name: string;
  readonly version: number;
  /** Digest of the document before it. */
  readonly previous?: string;
}

/** `undefined` for what is no policy of ours. */
export async function readHeading(bytes: Uint8Array): Promise<Heading | undefined> {
  try {
    const [document] = await decodeYaml(bytes, { maxBytes: LIMITS.policyBytes });
    const member = (key: string): unknown => {
      const node = yamlMember(document, key);
      return node === undefined || node.kind === "map" || node.kind === "list" ? undefined : node.value;
    };
    const [kind, name, version, previous] = ["kind", "name", "version", "previous"].map(member);
    if (kind !== "Policy" || typeof name !== "string" || typeof version !== "number" || !Number.isSafeInteger(version)) return undefined;
    return { name, version, ...(typeof previous === "string" ? { previous } : {}) };
  } catch (error) {
    if (error instanceof YamlFault) return undefined;
    throw error;
  }
}
