/** Verifies one image by the Notary trust policy of this machine: `node examples/verify.ts REFERENCE` (Node 24 or later). */
import { CountersignError, parseReference, setup, verify } from "../src/index.ts";

const opened = await setup();
try {
  const reference = parseReference(process.argv[2] ?? "");
  const image = await verify(reference, {
    store: await opened.openStore(reference),
    policy: await opened.loadPolicy(),
    trust: opened.trust,
    clock: opened.clock,
  });
  process.stdout.write(`${image.descriptor.digest}\n`);
} catch (error) {
  if (!(error instanceof CountersignError)) throw error;
  process.stderr.write(`${error.message} (${error.code})\n  try: ${error.remedy}\n`);
  process.exitCode = error.exit;
} finally {
  opened.close();
}
