/** The table of the places where images run, and the gate that each asks for. */
import { readEach } from "../countersign/complaints.ts";
import { type Place, quote } from "../countersign/place.ts";
import { VERIFIER_OBJECTS as OBJECTS } from "./fields.ts";
import type { DeployPlace } from "./verifier.ts";

const EXAMPLE = "{ cluster: prod, namespaces: [shop], gate: prod }";

interface Row extends DeployPlace {
  readonly written: readonly { readonly namespace: string; readonly place: Place }[];
}

export function readDeploy(place: Place | undefined): readonly DeployPlace[] {
  const rows = readEach(place?.list("a list of places", `[ ${EXAMPLE} ]`) ?? [], readRow);
  refuseContradiction(rows);
  return rows.map(({ cluster, namespaces, gate, line }) => ({ cluster, namespaces, gate, line }));
}

function readRow(place: Place): Row {
  const { cluster, namespaces, gate } = place.object<{
    cluster: string;
    namespaces: Row["written"];
    gate: { readonly name: string; readonly line: number };
  }>(OBJECTS.deployPlace, (fields) => ({
    cluster: () => readName(fields.required("cluster"), "prod", ["*"]),
    namespaces: () =>
      readEach(fields.required("namespaces").list("a list of namespaces", "[shop]"), (item) => ({
        namespace: readName(item, "shop", []),
        place: item,
      })),
    gate: () => {
      const found = fields.required("gate");
      return { name: found.text("prod"), line: found.line };
    },
  }));
  const names = namespaces.map(({ namespace }) => namespace);
  return { cluster, namespaces: names, gate: gate.name, line: gate.line, written: namespaces };
}

/** A pattern that was taken for a name would never fit, and its place would have no gate. */
function readName(place: Place, example: string, patterns: readonly string[]): string {
  const text = place.text(example);
  if (patterns.includes(text) || !/[*?{}[\]]/.test(text)) return text;
  return place.refuse(`is the pattern ${quote(text)}, and must be a name`, ["write each name by itself", ...patterns].join(", or "));
}

function refuseContradiction(rows: readonly Row[]): void {
  const gates = new Map<string, { readonly gate: string; readonly place: Place }>();
  const said = rows.flatMap(({ cluster, gate, written }) => written.map((entry) => ({ ...entry, cluster, gate })));
  readEach(said, ({ cluster, namespace, gate, place }) => {
    const key = JSON.stringify([cluster, namespace]);
    const other = gates.get(key);
    if (other !== undefined && other.gate !== gate) {
      const state = `asks for gate ${quote(gate)} where ${other.place.member} asks for ${quote(other.gate)}`;
      place.refuse(state, "keep one of the two");
    }
    gates.set(key, { gate, place });
  });
}
