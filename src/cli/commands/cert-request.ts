/** `cert request`: a PKCS#10 request for a key. */
import { createPublicKey } from "node:crypto";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { quoteWord } from "../../core/shell.ts";
import { encodePem } from "../../encoding/pem.ts";
import { saveNamedFile } from "../../files/named.ts";
import { openPrivateKey } from "../../keys/private-key.ts";
import { readSource } from "../../keys/read-file.ts";
import { requestCommands } from "../../keys/request-commands.ts";
import { resolveKey } from "../../keys/resolve.ts";
import { PURPOSE_OIDS } from "../../pki/oids.ts";
import { createRequest } from "../../pki/x509/create.ts";
import { basicConstraints, extendedKeyUsage, keyUsage } from "../../pki/x509/extension-writer.ts";
import { remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { passphraseOf } from "../passphrase.ts";
import { repeatConfig } from "../render/remedy.ts";
import { parseSubject } from "../subject-option.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values, global } = call;
  const [name = ""] = words;
  const subject = values.text("subject");
  if (subject === undefined) {
    throw new CountersignError("usage/invalid", `Cannot request a certificate for "${name}": no subject was given`, {
      remedy: `countersign cert request ${quoteWord(name)} --subject 'C=…, ST=…, O=…, CN=…'`,
    });
  }
  return withSetup(call, async (opened) => {
    const { keyFile, ringName } = await resolveKey(name, await opened.keyRing());
    const bytes = await readSource(keyFile, { env: io.env, absent: "key/not-found" });
    const { key } = await openPrivateKey(bytes, { name, passphrase: passphraseOf(io, name) });
    const request = createRequest({
      subject: parseSubject(subject),
      publicKey: createPublicKey(key),
      signingKey: key,
      extensions: PROFILE,
    });
    const text = encodePem("CERTIFICATE REQUEST", request);
    const out = values.text("out");
    if (out === undefined) io.stdout.write(text);
    else await saveNamedFile(out, text, { mode: 0o644 });
    if (!global.quiet) {
      if (out !== undefined) remark(io, `wrote ${out}`);
      const [, answer] = requestCommands(ringName ?? name);
      const keep = ringName === undefined ? `countersign sign REF@DIGEST --key ${quoteWord(name)} --cert chain.pem` : answer;
      remark(io, ["next:", ...ORDER_TO_AUTHORITY, `  ${repeatConfig(keep, call.known)}`].join("\n"));
    }
    return 0;
  });
}

/** What the profile wants of a signing certificate. Source: Notary Project signature specification, "Certificate Requirements". */
const PROFILE = [basicConstraints({ ca: false }), keyUsage(["digitalSignature"]), extendedKeyUsage([PURPOSE_OIDS.codeSigning])];

/** An authority may pass over what a request asks for, and many do. */
const ORDER_TO_AUTHORITY: readonly string[] = [
  "  the authority must set what the request asks for: basicConstraints critical CA:FALSE,",
  "  keyUsage critical digitalSignature and no other, extendedKeyUsage codeSigning;",
  "  with the chain that it answers, leaf first and root last:",
];
