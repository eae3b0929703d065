/** `key export`: certificates or public key to stdout, the private key only into a file of its owner's. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { saveNamedFile } from "../../files/named.ts";
import { quoteWord } from "../../core/shell.ts";
import { remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { newPassphrase, passphraseOf } from "../passphrase.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values, global } = call;
  const [name = ""] = words;
  const isPrivate = values.flag("unsafe-private-key");
  const out = values.text("out");
  if (isPrivate && (out === undefined || values.flag("public"))) {
    throw new CountersignError("usage/invalid", `Cannot export key "${name}": a private key goes to a file, never to stdout`, {
      remedy: `countersign key export ${quoteWord(name)} --unsafe-private-key --out ${quoteWord(`${name}.key`)}`,
    });
  }
  const isForCosign = values.text("format") === "cosign";
  if (isForCosign && !isPrivate) {
    throw new CountersignError("usage/invalid", `Cannot export key "${name}" in cosign's form: only a private key has one`, {
      remedy: "leave out --format, or add --unsafe-private-key --out FILE",
    });
  }
  const what = isPrivate ? "unsafe-private-key" : values.flag("public") ? "public-key" : "certificates";
  return withSetup(call, async (opened) => {
    const text = await (
      await opened.keyRing()
    ).export(name, {
      what,
      passphrase: passphraseOf(io, name),
      ...(isForCosign ? { forCosign: () => newPassphrase(io, name, "cosign") } : {}),
    });
    if (out === undefined) {
      io.stdout.write(text);
      return 0;
    }
    await saveNamedFile(out, text, { mode: isPrivate ? 0o600 : 0o644 });
    if (!global.quiet) remark(io, `wrote ${out}`);
    return 0;
  });
}
