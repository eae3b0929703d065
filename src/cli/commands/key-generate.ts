/** `key generate`: a new key into the key ring. */
import type { ExitCode } from "../../core/errors.ts";
import { requestCommands } from "../../keys/request-commands.ts";
import type { KeyType } from "../../pki/key-pair.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { newPassphrase } from "../passphrase.ts";
import { repeatConfig } from "../render/remedy.ts";
import { keyListDocument, renderKeys } from "../render/key.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const [name = ""] = words;
  return withSetup(call, async (opened) => {
    const ring = await opened.keyRing();
    const passphrase = values.flag("encrypt") ? await newPassphrase(io, name) : undefined;
    // One of the declared choices, which are those of KeyType.
    const type = (values.text("key-type") ?? "ec-256") as KeyType;
    const key = await ring.generate(name, { type, passphrase });
    if (values.text("output") === "json") {
      print(io, JSON.stringify(keyListDocument([key]), null, 2));
      return 0;
    }
    const [request, answer] = requestCommands(name).map((command) => repeatConfig(command, call.known));
    print(
      io,
      `${renderKeys([key])}\nit signs Sigstore bundles as it is; for signatures of the Notary Project:\n  ${request}\nand with the chain that the authority answers:\n  ${answer}`,
    );
    return 0;
  });
}
