/** `cert request`: a PKCS#10 request for a key. */
import { createPublicKey } from "node:crypto";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { encodePem } from "../../encoding/pem.ts";
import { saveNamedFile } from "../../files/named.ts";
import { openPrivateKey } from "../../keys/private-key.ts";
import { readSource } from "../../keys/read-file.ts";
import { resolveKey } from "../../keys/resolve.ts";
import { createRequest } from "../../pki/x509/create.ts";
import { remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { passphraseOf } from "../passphrase.ts";
import { parseSubject } from "../subject-option.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values, global } = call;
  const [name = ""] = words;
  const subject = values.text("subject");
  if (subject === undefined) {
    throw new CountersignError("usage/invalid", `Cannot request a certificate for "${name}": no subject was given`, {
      remedy: `countersign cert request ${name} --subject 'C=…, ST=…, O=…, CN=…'`,
    });
  }
  return withSetup(call, async (opened) => {
    const { keyFile } = await resolveKey(name, await opened.keyRing());
    const bytes = await readSource(keyFile, { env: io.env, absent: "key/not-found" });
    const { key } = await openPrivateKey(bytes, { name, passphrase: passphraseOf(io, name) });
    const request = createRequest({ subject: parseSubject(subject), publicKey: createPublicKey(key), signingKey: key });
    const text = encodePem("CERTIFICATE REQUEST", request);
    const out = values.text("out");
    if (out === undefined) {
      io.stdout.write(text);
      return 0;
    }
    await saveNamedFile(out, text, { mode: 0o644 });
    if (!global.quiet) remark(io, `wrote ${out}`);
    return 0;
  });
}
