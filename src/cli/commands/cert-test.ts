/** `cert test`: a throw-away authority and a certificate of it, to try things with. */
import { join } from "node:path";
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { encodePem } from "../../encoding/pem.ts";
import { formatStore, type TrustStoreName } from "../../core/trust-source.ts";
import { saveNamedFile } from "../../files/named.ts";
import { isPresent } from "../../files/present.ts";
import { checkName } from "../../keys/key-ring.ts";
import { decodeCertificate } from "../../pki/x509/certificate.ts";
import { formatName, nameOf } from "../../pki/x509/name.ts";
import type { KeyType } from "../../pki/key-pair.ts";
import { createTestChain, createTimestampingTestChain, type TestChain } from "../../pki/x509/throw-away-chain.ts";
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
  const isForTimestamps = values.flag("timestamp");
  return withSetup(call, async (opened) => {
    const create = isForTimestamps ? createTimestampingTestChain : createTestChain;
    const chain = await create({
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
    const store = { type: isForTimestamps ? "tsa" : "ca", name } as const;
    if (isTrusted) await trustRoot(root, { call, opened, store });
    const serve = isForTimestamps ? await writeServe(name, { call, opened }) : undefined;

    const certificates = chain.certificates.map(decodeCertificate);
    if (values.text("output") === "json") {
      const items = certificates.map(certificateDocument);
      const written = serve === undefined ? {} : { serveFile: serve.file, serveFileWritten: serve.isWritten };
      const document = { apiVersion: API_VERSION, kind: "TestCertificate", name, ...files, trusted: isTrusted, ...written, items };
      print(io, JSON.stringify(document, null, 2));
      return 0;
    }
    const [leaf] = certificates;
    const signer = leaf === undefined ? "" : showForeign(formatName(leaf.subject));
    print(io, `made a key with a certificate for ${signer}`);
    print(io, `  key    ${files.keyFile}\n  chain  ${files.certificateFile}\n  root   ${files.rootFile}`);
    if (isTrusted) print(io, `  trust  ${formatStore(store)} holds that root`);
    if (serve?.isWritten === true) print(io, `  serve  ${serve.file}`);
    const next = [
      ...(isTrusted ? [] : [`countersign trust add ${formatStore(store)} ${quoteWord(files.rootFile)}`]),
      ...(serve === undefined
        ? [
            `countersign sign REF@DIGEST ${files.keyReference}`,
            `countersign verify REF --trust-store ca:${name} --trusted-identity ${quoteShell(`x509.subject: ${signer}`)}`,
          ]
        : [
            `countersign serve${serve.isDefault ? "" : ` ${quoteWord(serve.file)}`}`,
            `countersign sign REF@DIGEST --key KEY --timestamp-url ${TEST_AUTHORITY.url} --timestamp-root ${quoteWord(files.rootFile)}`,
          ]),
    ];
    print(io, ["next:", ...next.map((line) => `  ${repeatConfig(line, call.known)}`)].join("\n"));
    if (serve !== undefined)
      print(
        io,
        `policies believe it about time once ${quoteWord(opened.paths.verifier)} has:\n` +
          `  witnesses: { ${name}: { operator: OPERATOR, timestamp: { store: ${JSON.stringify(formatStore(store))} } } }`,
      );
    return 0;
  });
}

async function trustRoot(
  root: Uint8Array,
  { call, opened, store }: { readonly call: Call; readonly opened: Setup; readonly store: TrustStoreName },
): Promise<void> {
  const stores = await opened.trustStores();
  await stores.add(store, root, { source: `the root of ${store.name}` });
  const others = (await stores.show(store)).certificates.length - 1;
  if (others === 0 || call.global.quiet) return;
  const look = repeatConfig(`countersign trust show ${formatStore(store)}`, call.known);
  remark(
    call.io,
    `note: ${formatStore(store)} trusts ${counted(others, "other certificate")} as well, perhaps of an earlier key of that name: ${look}`,
  );
}

const TEST_AUTHORITY = { listen: "127.0.0.1:3161", url: "http://127.0.0.1:3161/timestamp" } as const;

/** What starts the authority. One that is there is somebody's, and is left alone. */
async function writeServe(
  name: string,
  { call: { io, values, global }, opened }: { readonly call: Call; readonly opened: Setup },
): Promise<{ readonly file: string; readonly isDefault: boolean; readonly isWritten: boolean }> {
  const out = values.text("out");
  const file = out === undefined ? opened.paths.server : join(out, "serve.yaml");
  const isDefault = out === undefined;
  const key = isDefault ? `key: ${JSON.stringify(name)}` : `key: ./${name}.key\n  certificate: ${name}.crt`;
  const text = `apiVersion: countersign.dev/v1
kind: Server
timestampAuthority:
  listen: ${TEST_AUTHORITY.listen}
  ${key}
  policy: "1.3.6.1.4.1.32473.1"  # for examples only
  accuracy: 1s
  state: ${JSON.stringify(`${name}.timestamps`)}
`;
  if (isPresent(file)) {
    if (!global.quiet) remark(io, `note: "${file}" is there and was left alone; for this authority it would hold:\n${text}`);
    return { file, isDefault, isWritten: false };
  }
  await saveNamedFile(file, text, { mode: 0o644 });
  return { file, isDefault, isWritten: true };
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
