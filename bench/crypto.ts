/** Times the verdict on one JWS signature in memory: parsing and cryptography, no network, no process start. */
import { createTestChain } from "../src/pki/x509/throw-away-chain.ts";
import { createSigner } from "../src/keys/signer.ts";
import { decodeNotaryPolicy } from "../src/policy/notary/document.ts";
import { openMemoryStore } from "../src/registry/memory.ts";
import { evaluate, parseReference, sign, systemClock, type TrustSource } from "../src/index.ts";
import { pushImage } from "../src/testing/image.ts";
import { encodePem } from "../src/encoding/pem.ts";

const ROUNDS = 400;

/** Milliseconds a verdict, median, with an RSA-3072 leaf as in the peers' figures. */
export async function timeVerdict(): Promise<number> {
  const chain = await createTestChain({ length: 2, keyType: "rsa-3072" });
  const certificates = new TextEncoder().encode(chain.certificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
  const signer = createSigner({ key: chain.leafKey, keyName: "bench", certificates, certificateName: "bench", now: new Date() });
  const store = openMemoryStore("bench");
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: new Uint8Array([1]) }] });
  const reference = parseReference(`registry.example/bench@${digest}`);
  await sign(reference, { store, signer });
  const document = {
    version: "1.0",
    trustPolicies: [
      {
        name: "bench",
        registryScopes: ["*"],
        signatureVerification: { level: "strict" },
        trustStores: ["ca:bench"],
        trustedIdentities: ["*"],
      },
    ],
  };
  const policy = decodeNotaryPolicy(new TextEncoder().encode(JSON.stringify(document)), { source: "bench" });
  const root = chain.certificates.at(-1) ?? new Uint8Array();
  const trust: TrustSource = { anchors: async () => [{ certificate: root, store: { type: "ca" as const, name: "bench" } }] };
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const verdict = await evaluate(reference, { store, policy, trust, clock: systemClock });
    times.push(performance.now() - start);
    if (verdict.outcome !== "pass") throw new Error(JSON.stringify(verdict, null, 1));
  }
  // The first rounds compile; a warm process is what is asked.
  return times.slice(ROUNDS / 2).toSorted((a, b) => a - b)[ROUNDS / 4] ?? NaN;
}
