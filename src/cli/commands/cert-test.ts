/** `cert test`: a throw-away authority and a certificate of it, to try things with. */
import { join } from "node:path";
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { encodePem } from "../../encoding/pem.ts";
import { saveNamedFile } from "../../files/named.ts";
import { checkName } from "../../keys/key-ring.ts";
import { decodeCertificate } from "../../pki/x509/certificate.ts";
import { formatName, nameOf } from "../../pki/x509/name.ts";
import type { KeyType } from "../../pki/key-pair.ts";
import { createTestChain, type TestChain } from "../../pki/x509/throw-away-chain.ts";
import type { Setup } from "../../setup.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { certificateDocument } from "../render/certificate.ts";
import { repeatConfig } from "../render/remedy.ts";
import { quoteShell, quoteWord } from "../../core/shell.ts";
import { counted } from "../render/text.ts";
import { parseSubject } from "../subject-option.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const [name = "test"] = words;
  const subject = values.text("subject");
  return withSetup(call, async (opened) => {
    const chain = await createTestChain({
      name,
      // Both hold one of their declared choices.
      length: Number(values.text("chain") ?? 2) as 1 | 2 | 3,
      keyType: (values.text("key-type") ?? "ec-256") as KeyType,
      subject: subject === undefined ? nameOf({ C: "US", ST: "WA", L: "Seattle", O: "Countersign Test", CN: name }) : parseSubject(subject),
      now: opened.clock.now(),
      days: values.number("days") ?? 90,
    });
    const files = await keep(name, chain, { call, opened });
    const root = chain.certificates.at(-1) ?? new Uint8Array();
    const isTrusted = values.flag("trust");
    if (isTrusted) await trustRoot(root, { call, opened, name });

    const certificates = chain.certificates.map(decodeCertificate);
    if (values.text("output") === "json") {
      const items = certificates.map(certificateDocument);
      print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "TestCertificate", name, ...files, trusted: isTrusted, items }, null, 2));
      return 0;
    }
    const [leaf] = certificates;
    const signer = leaf === undefined ? "" : showForeign(formatName(leaf.subject));
    print(io, `made a key with a certificate for ${signer}`);
    print(io, `  key    ${files.keyFile}\n  chain  ${files.certificateFile}\n  root   ${files.rootFile}`);
    const next = [
      ...(isTrusted ? [] : [`countersign trust add ca:${name} ${quoteWord(files.rootFile)}`]),
      `countersign sign REF@DIGEST ${files.keyReference}`,
      `countersign verify REF --trust-store ca:${name} --trusted-identity ${quoteShell(`x509.subject: ${signer}`)}`,
    ];
    print(io, ["next:", ...next.map((line) => `  ${repeatConfig(line, call.known)}`)].join("\n"));
    return 0;
  });
}

async function trustRoot(
  root: Uint8Array,
  { call, opened, name }: { readonly call: Call; readonly opened: Setup; readonly name: string },
): Promise<void> {
  const stores = await opened.trustStores();
  const store = { type: "ca", name } as const;
  await stores.add(store, root, { source: `the root of ${name}` });
  const others = (await stores.show(store)).certificates.length - 1;
  if (others === 0 || call.global.quiet) return;
  const look = repeatConfig(`countersign trust show ca:${name}`, call.known);
  remark(
    call.io,
    `note: ca:${name} trusts ${counted(others, "other certificate")} as well, perhaps of an earlier key of that name: ${look}`,
  );
}

interface Kept {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly rootFile: string;
  /** The options of `sign` for it. */
  readonly keyReference: string;
}

async function keep(name: string, chain: TestChain, { call, opened }: { readonly call: Call; readonly opened: Setup }): Promise<Kept> {
  const out = call.values.text("out");
  if (out === undefined) {
    const ring = await opened.keyRing();
    const {
      keyFile = "",
      certificateFile = "",
      rootFile = "",
    } = await ring.add(name, { key: chain.leafKey, certificates: chain.certificates });
    return { keyFile, certificateFile, rootFile, keyReference: `--key ${name}` };
  }
  checkName(name);
  const [keyFile, certificateFile, rootFile] = [join(out, `${name}.key`), join(out, `${name}.crt`), join(out, `${name}.root.crt`)];
  const pem = chain.certificates.map((der) => encodePem("CERTIFICATE", der));
  await saveNamedFile(keyFile, chain.leafKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  await saveNamedFile(certificateFile, pem.join(""), { mode: 0o644 });
  await saveNamedFile(rootFile, pem.at(-1) ?? "", { mode: 0o644 });
  return { keyFile, certificateFile, rootFile, keyReference: `--key ${quoteWord(keyFile)} --cert ${quoteWord(certificateFile)}` };
}
