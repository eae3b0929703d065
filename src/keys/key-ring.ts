/** Named keys: those in Countersign's own folder, and those that notation's signingkeys.json names. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { readdir, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { quoteWord } from "../core/shell.ts";
import { encodePem } from "../encoding/pem.ts";
import { fileFailureOf } from "../files/failure.ts";
import { saveNamedFile } from "../files/named.ts";
import { formatKeyKind, keyKindOf } from "../pki/key-kind.ts";
import { decodeCertificates } from "../pki/x509/certificate-file.ts";
import { isForTime } from "../pki/x509/chain.ts";
import { formatName } from "../pki/x509/name.ts";
import { whyInvalid } from "../pki/x509/validity.ts";
import { createKeyPair, type KeyType } from "../pki/key-pair.ts";
import { encodeCosignKey } from "./cosign-key.ts";
import { loadNotationKeys, type NotationKey } from "./notation-keys.ts";
import { encodePrivateKey } from "./private-key-writer.ts";
import { type AskPassphrase, findPrivateKey, isEncrypted, openPrivateKey } from "./private-key.ts";
import { readSource } from "./read-file.ts";
import { requestRemedy } from "./request-commands.ts";
import { readChain } from "./signer.ts";

export interface KeyEntry {
  readonly name: string;
  readonly source: "countersign" | "notation";
  /** The one that notation signs with when none is named. */
  readonly isDefault: boolean;
  readonly keyFile?: string;
  readonly certificateFile?: string;
  /** The root of its chain alone, for the trust store of whoever verifies. */
  readonly rootFile?: string;
  /** `EC-256`, `RSA-3072` …; absent where only a passphrase could tell. */
  readonly kind?: string;
  readonly isEncrypted?: boolean;
  /** Its certificate is for timestamps alone: `serve` signs with it, and nothing else does. */
  readonly isForTime?: boolean;
  /** Why it cannot be used; safe to show. */
  readonly problem?: string;
}

export interface KeyRing {
  readonly folder: string;
  /** By name; where both have one, Countersign's own stands and notation's is hidden. */
  list(): Promise<readonly KeyEntry[]>;
  find(name: string): Promise<KeyEntry | undefined>;
  generate(name: string, options: { readonly type: KeyType; readonly passphrase?: string | undefined }): Promise<KeyEntry>;
  /** Keeps a key, with its chain (DER, leaf first) if given. */
  add(
    name: string,
    options: { readonly key: KeyObject; readonly certificates?: readonly Uint8Array[]; readonly passphrase?: string | undefined },
  ): Promise<KeyEntry>;
  /** From files; an encrypted key stays encrypted, with the same passphrase. */
  import(
    name: string,
    options: { readonly keyFile: string; readonly certificateFile?: string | undefined; readonly passphrase?: AskPassphrase | undefined },
  ): Promise<KeyEntry>;
  /** Keeps the chain that an authority issued for a key of the ring, in place of an earlier one. */
  addCertificates(
    name: string,
    options: { readonly certificateFile: string; readonly passphrase?: AskPassphrase | undefined },
  ): Promise<KeyEntry>;
  /** PEM. The private key only where it is asked for by name, in the form that it is kept in, or anew in cosign's. */
  export(
    name: string,
    options: {
      readonly what: "public-key" | "certificates" | "unsafe-private-key";
      readonly passphrase?: AskPassphrase | undefined;
      /** Gives the passphrase of a key in cosign's form. */
      readonly forCosign?: (() => Promise<string>) | undefined;
    },
  ): Promise<string>;
  /** One of Countersign's own. `action` is what the error says that cannot be done: `remove`. */
  findOwn(name: string, action: string): Promise<KeyEntry & { readonly keyFile: string }>;
  /** Only Countersign's own; notation's are notation's to remove. */
  remove(name: string): Promise<void>;
}

const NAME = /^[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,127}$/;
const NO_ENV = {};

export function openKeyRing(folder: string, options: { readonly notation?: string; readonly now?: () => Date } = {}): KeyRing {
  const now = options.now ?? (() => new Date());
  const fileOf = (name: string, kind: "key" | "crt" | "root.pem"): string => join(folder, `${name}.${kind}`);

  async function list(): Promise<readonly KeyEntry[]> {
    const own = await Promise.all(keyNames(await filesIn(folder)).map(describeOwn));
    const foreign = options.notation === undefined ? [] : await loadNotationKeys(options.notation);
    const hidden = new Set(own.map(({ name }) => name));
    const described = await Promise.all(foreign.filter(({ name }) => !hidden.has(name)).map((key) => describeNotation(key, now())));
    return [...own, ...described].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async function find(name: string): Promise<KeyEntry | undefined> {
    return (await list()).find((entry) => entry.name === name);
  }

  async function describeOwn(name: string): Promise<KeyEntry> {
    const there = await filesIn(folder);
    const files = {
      keyFile: fileOf(name, "key"),
      ...(there.includes(`${name}.crt`) && { certificateFile: fileOf(name, "crt") }),
      ...(there.includes(`${name}.root.pem`) && { rootFile: fileOf(name, "root.pem") }),
    };
    return { name, source: "countersign", isDefault: false, ...files, ...(await describeFiles(files, now())) };
  }

  async function findOwn(name: string, action: string): Promise<KeyEntry & { readonly keyFile: string }> {
    const entry = await find(name);
    if (entry === undefined) throw new CountersignError("key/not-found", `Cannot ${action} key "${name}": there is none of that name`);
    if (entry.source !== "countersign" || entry.keyFile === undefined) {
      throw new CountersignError("key/invalid", `Cannot ${action} key "${name}": it is kept by notation`, {
        remedy: `notation key delete ${quoteWord(name)}`,
      });
    }
    return { ...entry, keyFile: entry.keyFile };
  }

  async function add(name: string, { key, certificates, passphrase }: Parameters<KeyRing["add"]>[1]): Promise<KeyEntry> {
    checkName(name);
    const [keyFile, certificateFile] = [fileOf(name, "key"), fileOf(name, "crt")];
    const taken = `choose another name; \`countersign key list\` shows those that are taken`;
    // Only a key of cosign's can be locked with nothing: that protects nothing, and would not open here.
    await saveNamedFile(keyFile, await encodePrivateKey(key, passphrase === "" ? undefined : passphrase), { mode: 0o600, remedy: taken });
    try {
      if (certificates !== undefined)
        await saveNamedFile(certificateFile, encodeChain(certificates), {
          mode: 0o600,
          remedy: `look at it: countersign cert show ${quoteWord(certificateFile)}`,
        });
    } catch (error) {
      // Half an entry would be worse than none; the key was written by us a moment ago.
      await unlink(keyFile);
      throw error;
    }
    await saveRoot(name, certificates);
    // What only the passphrase could tell from the file is known here.
    return { ...(await describeOwn(name)), kind: formatKeyKind(keyKindOf(key)) };
  }

  /** In place of that of an earlier chain. */
  async function saveRoot(name: string, chain: readonly Uint8Array[] = []): Promise<void> {
    if (chain.length === 0) await rm(fileOf(name, "root.pem"), { force: true });
    else await saveNamedFile(fileOf(name, "root.pem"), encodeChain(chain.slice(-1)), { mode: 0o644, replace: true });
  }

  return {
    folder,
    list,
    find,
    findOwn,
    add,

    async generate(name, { type, passphrase }) {
      checkName(name);
      const { privateKey } = await createKeyPair(type);
      return await add(name, { key: privateKey, passphrase });
    },

    async import(name, { keyFile, certificateFile, passphrase: ask }) {
      checkName(name);
      const bytes = await readSource(keyFile, { env: NO_ENV, absent: "file/not-found" });
      const { key, passphrase } = await openPrivateKey(bytes, { name: keyFile, passphrase: ask });
      if (certificateFile === undefined) return await add(name, { key, passphrase });
      const certificates = await loadChain(certificateFile, { key, keyName: keyFile, now: now() });
      return await add(name, { key, passphrase, certificates });
    },

    async addCertificates(name, { certificateFile, passphrase }) {
      const { keyFile } = await findOwn(name, "add a certificate to");
      const { key } = await openPrivateKey(await readSource(keyFile, { env: NO_ENV, absent: "key/not-found" }), { name, passphrase });
      const certificates = await loadChain(certificateFile, { key, keyName: name, now: now() });
      await saveNamedFile(fileOf(name, "crt"), encodeChain(certificates), { mode: 0o600, replace: true });
      await saveRoot(name, certificates);
      return await describeOwn(name);
    },

    async export(name, { what, passphrase, forCosign }) {
      const entry = await find(name);
      if (entry?.keyFile === undefined) {
        const state = entry === undefined ? "there is none of that name" : (entry.problem ?? "it has no file");
        throw new CountersignError("key/not-found", `Cannot export key "${name}": ${state}`);
      }
      if (what === "certificates") return await exportChain(entry);
      const bytes = await readSource(entry.keyFile, { env: NO_ENV, absent: "key/not-found" });
      if (what === "unsafe-private-key" && forCosign === undefined) {
        const { label, bytes: key, headers } = findPrivateKey(bytes, name);
        return encodePem(label, key, headers);
      }
      const { key } = await openPrivateKey(bytes, { name, passphrase });
      if (what === "unsafe-private-key" && forCosign !== undefined) return await encodeCosignKey(key, await forCosign());
      return createPublicKey(key).export({ type: "spki", format: "pem" }) as string;
    },

    async remove(name) {
      const { keyFile, certificateFile } = await findOwn(name, "remove");
      // The certificate first: a key without one is still whole, a certificate without its key is litter.
      if (certificateFile !== undefined) await unlink(certificateFile);
      await saveRoot(name);
      await unlink(keyFile);
    },
  };
}

export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new CountersignError(
    "usage/invalid",
    `Cannot name a key "${showForeign(name, 128)}": a name is letters, digits, "_", "-" and ".", and does not start with "."`,
  );
}

/** Names of files; none if there is no folder yet. */
async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { state, message, cause } = fileFailureOf(error);
    if (state === "absent") return [];
    throw new CountersignError("config/invalid", `Cannot list keys in "${folder}": ${message}`, { cause });
  }
}

function keyNames(files: readonly string[]): readonly string[] {
  return files
    .filter((file) => file.endsWith(".key"))
    .map((file) => file.slice(0, -".key".length))
    .filter((name) => NAME.test(name));
}

async function describeNotation({ plugin, ...key }: NotationKey, now: Date): Promise<KeyEntry> {
  const entry = { ...key, source: "notation" as const };
  if (plugin !== undefined || key.keyFile === undefined) {
    return { ...entry, problem: `it is used through the plugin ${showForeign(plugin ?? "", 64)}, and plugins are not supported yet` };
  }
  return { ...entry, ...(await describeFiles({ ...key, keyFile: key.keyFile }, now)) };
}

/** One broken key must not hide the others from a list, so what is wrong with it is told in its place. */
async function describeFiles(
  files: { readonly keyFile: string; readonly certificateFile?: string },
  now: Date,
): Promise<Pick<KeyEntry, "kind" | "isEncrypted" | "isForTime" | "problem">> {
  try {
    const bytes = await readSource(files.keyFile, { env: NO_ENV, absent: "key/not-found" });
    const encrypted = isEncrypted(findPrivateKey(bytes, files.keyFile));
    const chain =
      files.certificateFile === undefined
        ? []
        : decodeCertificates(await readSource(files.certificateFile, { env: NO_ENV, absent: "file/not-found" }));
    const kind = encrypted ? chain[0]?.keyKind : keyKindOf((await openPrivateKey(bytes, { name: files.keyFile })).key);
    const invalid = chain.find((certificate) => whyInvalid(certificate, now) !== undefined);
    return {
      isEncrypted: encrypted,
      ...(kind === undefined ? {} : { kind: formatKeyKind(kind) }),
      ...(chain[0] !== undefined && isForTime(chain[0]) && { isForTime: true }),
      ...(invalid === undefined
        ? {}
        : { problem: `its certificate for ${showForeign(formatName(invalid.subject))} ${whyInvalid(invalid, now)}` }),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { problem: showForeign(error.message) };
  }
}

async function loadChain(
  certificateFile: string,
  parts: { readonly key: KeyObject; readonly keyName: string; readonly now: Date },
): Promise<readonly Uint8Array[]> {
  const certificates = await readSource(certificateFile, { env: NO_ENV, absent: "file/not-found" });
  return readChain({ ...parts, certificates, certificateName: certificateFile }).map(({ der }) => der);
}

async function exportChain({ name, certificateFile }: KeyEntry): Promise<string> {
  if (certificateFile === undefined) {
    throw new CountersignError("key/certificate", `Cannot export the certificates of key "${name}": it has none`, {
      remedy: requestRemedy(name),
    });
  }
  const bytes = await readSource(certificateFile, { env: NO_ENV, absent: "file/not-found" });
  return encodeChain(decodeCertificates(bytes).map(({ der }) => der));
}

function encodeChain(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => encodePem("CERTIFICATE", der)).join("");
}
