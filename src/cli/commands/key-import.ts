/** `key import`: an existing key, or the certificate of one, into the key ring. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { quoteWord } from "../../core/shell.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { passphraseOf } from "../passphrase.ts";
import { keyListDocument, renderKeys } from "../render/key.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const [name = ""] = words;
  const keyFile = values.text("key");
  const certificateFile = values.text("cert");
  const passphrase = passphraseOf(io, keyFile ?? name);
  return withSetup(call, async (opened) => {
    const ring = await opened.keyRing();
    if (keyFile === undefined && certificateFile === undefined) {
      throw new CountersignError("usage/invalid", `Cannot import key "${name}": no file was named`, {
        remedy: `countersign key import ${quoteWord(name)} --key key.pem --cert chain.pem`,
      });
    }
    const key =
      keyFile === undefined
        ? await ring.addCertificates(name, { certificateFile: certificateFile ?? "", passphrase })
        : await ring.import(name, { keyFile, certificateFile, passphrase });
    print(io, values.text("output") === "json" ? JSON.stringify(keyListDocument([key]), null, 2) : renderKeys([key]));
    return 0;
  });
}
