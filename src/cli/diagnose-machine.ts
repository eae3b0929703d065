/** What `doctor` looks at on this machine: Node, cache, keys, trust stores, policy, and what it remembers. */
import { CountersignError } from "../core/errors.ts";
import { formatStore } from "../core/trust-source.ts";
import { requestRemedy } from "../keys/request-commands.ts";
import { decodeCertificate } from "../pki/x509/certificate.ts";
import { formatName } from "../pki/x509/name.ts";
import { whyInvalid } from "../pki/x509/validity.ts";
import { unreadListWarnings } from "../policy/verifier/unread-list.ts";
import type { Setup } from "../setup.ts";
import { VERSION } from "../version.ts";
import type { Call } from "./declaration.ts";
import { compileCacheFolder } from "./compile-cache-folder.ts";
import { findMissingStores, notesOn } from "./policy-notes.ts";
import { lookAtState } from "./diagnose-state.ts";
import { type Diagnosis, diagnose, diagnosis } from "./diagnosis.ts";
import { counted } from "./render/text.ts";

const OLDEST_NODE = 24;

export async function diagnoseMachine(call: Call, opened: Setup): Promise<readonly Diagnosis[]> {
  const found = [
    lookAtNode(),
    lookAtCache(call),
    ...(await diagnose("keys", () => lookAtKeys(opened))),
    ...(await diagnose("trust stores", () => lookAtTrustStores(opened))),
    ...(await diagnose("witnesses", () => lookAtWitnesses(opened))),
    ...(await diagnose("revocations", () => lookAtRevocations(opened))),
    ...(await diagnose("policy", () => lookAtInstalledPolicy(opened))),
    ...(await diagnose("state", () => lookAtState(opened))),
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
    return [
      diagnosis(
        "keys",
        "skipped",
        `none in ${opened.paths.keys}`,
        "`countersign cert test`, or `countersign key import NAME --key key.pem --cert chain.pem`",
      ),
    ];
  return keys.map(({ name, problem, certificateFile, kind, isForTime }) => {
    if (problem !== undefined) return diagnosis("keys", "fail", `${name}: ${problem}`, "countersign key list");
    if (certificateFile === undefined)
      return diagnosis("keys", "skipped", `${name} has no certificate: it signs Sigstore bundles alone`, requestRemedy(name));
    const use = isForTime === true ? "stamps time (serve), and signs no image" : "can sign";
    return diagnosis("keys", "pass", `${name}${kind === undefined ? "" : ` (${kind})`} ${use}`);
  });
}

async function lookAtTrustStores(opened: Setup): Promise<readonly Diagnosis[]> {
  const stores = await opened.trustStores();
  const names = await stores.list();
  if (names.length === 0)
    return [diagnosis("trust stores", "skipped", `none in ${stores.folder}`, "countersign trust add ca:NAME ROOTFILE")];
  const found: Diagnosis[] = [];
  for (const store of names) {
    const name = formatStore(store);
    found.push(
      ...(await diagnose("trust stores", async () => {
        const anchors = await stores.anchors(store);
        const held = counted(anchors.length, "certificate");
        const now = opened.clock.now();
        const past = anchors
          .map(({ certificate }) => decodeCertificate(certificate))
          .filter((entry) => whyInvalid(entry, now) !== undefined);
        const [invalid] = past;
        if (invalid === undefined) return [diagnosis("trust stores", "pass", `${name} holds ${held}`)];
        const state = `${formatName(invalid.subject)} ${whyInvalid(invalid, now)}`;
        const outcome = past.length < anchors.length ? "skipped" : "fail";
        return [
          diagnosis(
            "trust stores",
            outcome,
            `${name} holds ${held}, ${past.length} of them not valid: ${state}`,
            `countersign trust show ${name}`,
          ),
        ];
      })),
    );
  }
  return found;
}

/** A witness without its roots stops every policy of ours. */
async function lookAtWitnesses({ trust, verifier }: Setup): Promise<readonly Diagnosis[]> {
  const { witnesses } = await verifier();
  const found: Diagnosis[] = [];
  for (const { name, operator, store } of witnesses) {
    found.push(
      ...(await diagnose("witnesses", async () => {
        await trust.anchors(store);
        return [diagnosis("witnesses", "pass", `${name} of ${operator} is believed about time, by ${formatStore(store)}`)];
      })),
    );
  }
  return found;
}

/** Not read by this version, so that nothing is known of what is revoked. */
async function lookAtRevocations({ verifier, paths }: Setup): Promise<readonly Diagnosis[]> {
  const [warning] = unreadListWarnings(await verifier(), paths.verifier);
  const remedy = `take revocations out of "${paths.verifier}", or use a version that reads the list`;
  return warning === undefined ? [] : [diagnosis("revocations", "fail", warning, remedy)];
}

async function lookAtInstalledPolicy(opened: Setup): Promise<readonly Diagnosis[]> {
  try {
    const { place, policy } = await opened.policyFile();
    const missing = await findMissingStores(policy, opened.trust);
    return [
      ...(missing.length === 0 ? [diagnosis("policy", "pass", `${place.text} can be used`)] : []),
      ...missing.map(({ message, remedy }) => diagnosis("policy", "fail", `${place.text}: ${message}`, remedy)),
      ...[...policy.warnings, ...notesOn(policy)].map((note) => diagnosis("policy", "skipped", `${place.text}: ${note}`)),
    ];
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "policy/none") throw error;
    return [diagnosis("policy", "skipped", `none in ${opened.paths.configuration} or ${opened.paths.notation}`, error.remedy)];
  }
}
