/** What `doctor` looks at on this machine: Node, cache, keys, trust stores, policy. */
import { CountersignError } from "../core/errors.ts";
import { formatStore } from "../core/trust-source.ts";
import type { Setup } from "../setup.ts";
import { VERSION } from "../version.ts";
import type { Call } from "./declaration.ts";
import { compileCacheFolder } from "./compile-cache-folder.ts";
import { notesOn } from "./policy-notes.ts";
import { type Diagnosis, diagnose, diagnosis } from "./diagnosis.ts";

const OLDEST_NODE = 24;

export async function diagnoseMachine(call: Call, opened: Setup): Promise<readonly Diagnosis[]> {
  const found = [
    lookAtNode(),
    lookAtCache(call),
    ...(await diagnose("keys", () => lookAtKeys(opened))),
    ...(await diagnose("trust stores", () => lookAtTrustStores(opened))),
    ...(await diagnose("policy", () => lookAtInstalledPolicy(opened))),
  ];
  return found;
}

function lookAtNode(): Diagnosis {
  const { node } = process.versions;
  return Number(node.split(".")[0]) >= OLDEST_NODE
    ? diagnosis("node", "pass", `Node ${node}`)
    : diagnosis("node", "fail", `Node ${node} is too old`, `install Node ${OLDEST_NODE} or later`);
}

function lookAtCache({ io }: Call): Diagnosis {
  const folder = compileCacheFolder(io.env, VERSION);
  return folder === undefined
    ? diagnosis("cache", "skipped", "no folder that only you can write; start-up takes a little longer", "chmod 700 ~/.cache/countersign")
    : diagnosis("cache", "pass", folder);
}

async function lookAtKeys(opened: Setup): Promise<readonly Diagnosis[]> {
  const keys = await (await opened.keyRing()).list();
  if (keys.length === 0)
    return [diagnosis("keys", "skipped", `none in ${opened.paths.keys}`, "countersign cert test, or countersign key import NAME")];
  return keys.map(({ name, problem, certificateFile, kind }) => {
    if (problem !== undefined) return diagnosis("keys", "fail", `${name}: ${problem}`, "countersign key list");
    if (certificateFile === undefined)
      return diagnosis("keys", "skipped", `${name} has no certificate yet`, `countersign cert request ${name} --subject …`);
    return diagnosis("keys", "pass", `${name}${kind === undefined ? "" : ` (${kind})`} can sign`);
  });
}

async function lookAtTrustStores(opened: Setup): Promise<readonly Diagnosis[]> {
  const stores = await opened.trustStores();
  const names = await stores.list();
  if (names.length === 0)
    return [diagnosis("trust stores", "skipped", `none in ${opened.paths.trustStores}`, "countersign trust add ca:NAME ROOTFILE")];
  const found: Diagnosis[] = [];
  for (const store of names) {
    const name = formatStore(store);
    found.push(
      ...(await diagnose("trust stores", async () => {
        const anchors = await stores.anchors(store);
        return [
          diagnosis("trust stores", "pass", `${name} holds ${anchors.length} ${anchors.length === 1 ? "certificate" : "certificates"}`),
        ];
      })),
    );
  }
  return found;
}

async function lookAtInstalledPolicy(opened: Setup): Promise<readonly Diagnosis[]> {
  try {
    const { path, policy } = await opened.policyFile();
    const notes = [...policy.warnings, ...(await notesOn(policy, opened.trust))];
    return [diagnosis("policy", "pass", `${path} can be used`), ...notes.map((note) => diagnosis("policy", "skipped", `${path}: ${note}`))];
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "policy/none") throw error;
    return [diagnosis("policy", "skipped", `none in ${opened.paths.notation}`, error.remedy)];
  }
}
