/** Which gate judges an image of a manifest: where it is about to run, the place tells. */
import { CountersignError } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import { quoteWord } from "../core/shell.ts";
import { findMissingGate } from "../policy/verifier/missing-gate.ts";
import { type DeployPlace, rowAt, type Verifier } from "../policy/verifier/verifier.ts";
import type { NamedImage } from "../workloads/found.ts";

/** `undefined` under a policy that has no gates. */
export type GateOf = (image: NamedImage) => string | undefined | NoGate;

/** Why nothing says at which gate an image is judged. */
export class NoGate {
  readonly image: NamedImage;
  readonly state: string;
  readonly remedy: string | undefined;
  constructor(image: NamedImage, state: string, remedy?: string) {
    this.image = image;
    this.state = state;
    this.remedy = remedy;
  }
}

interface Deployed extends Pick<Verifier, "deploy"> {
  /** The file with the table. */
  readonly source: string;
  readonly gate?: string | undefined;
  readonly cluster?: string | undefined;
  /** Of what names none itself, as it is applied. */
  readonly namespace?: string | undefined;
}

export function deployedGate(policy: Pick<Policy, "form" | "name" | "gates">, deployed: Deployed): GateOf {
  const { gate, cluster, namespace: applied, deploy, source } = deployed;
  if (gate !== undefined || policy.form !== "countersign") return () => gate;
  return (image) => {
    const namespace = image.where.namespace ?? applied;
    if (namespace === undefined) {
      const isCompose = image.where.kind === "service";
      const remedy = `--gate NAME, or --namespace NAME for the deploy table${isCompose ? "" : ", or set metadata.namespace"}`;
      return new NoGate(image, "it stands in no namespace, which could say at which gate", remedy);
    }
    const clusters = cluster === undefined ? clustersOf(deploy, namespace) : [];
    if (clusters.length > 0) {
      const remedy = clusters.map((name) => `--cluster ${quoteWord(name)}`).join(", or ");
      return new NoGate(image, `the gate of namespace "${namespace}" depends on the cluster`, `say which cluster: ${remedy}`);
    }
    const row = rowAt(deploy, { cluster: cluster ?? "", namespace });
    if (row === undefined) return noRow(image, { namespace, cluster, deploy });
    const missing = findMissingGate(row, policy, source);
    return missing === undefined ? row.gate : new NoGate(image, missing.state, missing.remedy);
  };
}

function noRow(
  image: NamedImage,
  {
    namespace,
    cluster,
    deploy,
  }: { readonly namespace: string; readonly cluster: string | undefined; readonly deploy: readonly DeployPlace[] },
): NoGate {
  const others = clustersOf(deploy, namespace);
  if (cluster === undefined || others.length === 0) return new NoGate(image, `nothing says which gate namespace "${namespace}" asks for`);
  return new NoGate(
    image,
    `nothing says which gate namespace "${namespace}" asks for in cluster "${cluster}", only in ${others.join(", ")}`,
  );
}

/** The clusters that have a row of their own for the namespace: without a name, the row of `*` may be the wrong one. */
function clustersOf(deploy: readonly DeployPlace[], namespace: string): readonly string[] {
  const rows = deploy.filter(({ cluster, namespaces }) => cluster !== "*" && namespaces.includes(namespace));
  return [...new Set(rows.map(({ cluster }) => cluster))];
}

/** So many files are named. */
const SHOWN = 10;

export function refuseNoGate(all: readonly NoGate[]): CountersignError {
  const [first] = all;
  const files = [...new Set(all.map(({ image }) => image.where.file))];
  const others = files.slice(1, SHOWN + 1).map((file) => `"${file}"`);
  const more = files.length > SHOWN + 1 ? ` and ${files.length - SHOWN - 1} more` : "";
  const also = others.length === 0 ? "" : `; images without a gate are also in ${others.join(", ")}${more}`;
  const about = `Cannot judge "${first?.image.text}" in "${first?.image.where.file}"`;
  const remedies = [...new Set(all.flatMap(({ remedy }) => remedy ?? []))];
  return new CountersignError(
    "deploy/no-gate",
    `${about}: ${first?.state}${also}`,
    remedies.length === 0 ? {} : { remedy: remedies.join("; ") },
  );
}
