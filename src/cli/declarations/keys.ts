/** The commands about keys and certificates. */
import type { CommandDeclaration } from "../declaration.ts";
import { NAMES_OUTPUT, ONE_OUTPUT, parseCount } from "../options.ts";

/** As pki/key-pair.ts has them; a test compares, because importing it would load it at every start. */
export const KEY_TYPES: readonly string[] = ["ec-256", "ec-384", "ec-521", "rsa-2048", "rsa-3072", "rsa-4096"];

const SUBJECT = {
  flags: "--subject <name>",
  summary: 'the subject, as "C=US, ST=WA, O=Acme, CN=payments-ci"; C, ST and O are needed for a Notary trust policy to match it',
};

export const KEY_GENERATE: CommandDeclaration = {
  name: "key generate",
  summary: "make a key and keep it in the key ring",
  description:
    "Makes a private key (PKCS#8, readable by its owner only). By itself it signs Sigstore bundles, which cosign verifies with its public " +
    "key; for signatures of the Notary Project it wants a certificate.",
  arguments: [{ name: "<name>", summary: "the key's name from now on" }],
  options: [
    { flags: "--key-type <type>", summary: "default ec-256", choices: KEY_TYPES },
    { flags: "--encrypt", summary: "with the passphrase in COUNTERSIGN_PASSPHRASE, or one asked for at the terminal" },
    ONE_OUTPUT,
  ],
  examples: ["countersign key generate payments-ci --key-type ec-384"],
  load: () => import("../commands/key-generate.ts"),
};

export const KEY_IMPORT: CommandDeclaration = {
  name: "key import",
  summary: "keep an existing key, or the certificate of one, in the key ring",
  description:
    "Copies a PEM key, also one of cosign's, and its certificate chain into the key ring. With --cert alone, adds the certificate to a " +
    "key that is there.",
  arguments: [{ name: "<name>", summary: "the key's name from now on", kind: "key-name" }],
  options: [
    { flags: "--key <file>", summary: "the private key in PEM, encrypted or not", kind: "file" },
    { flags: "--cert <file>", summary: "the certificate chain in PEM, leaf first", kind: "file" },
    ONE_OUTPUT,
  ],
  examples: ["countersign key import payments-ci --key key.pem --cert chain.pem"],
  load: () => import("../commands/key-import.ts"),
};

export const KEY_EXPORT: CommandDeclaration = {
  name: "key export",
  summary: "print a key's certificate chain or public key, or write out the private key",
  description: "Prints the certificate chain in PEM. The private key goes only to a new file that its owner alone can read.",
  arguments: [{ name: "<name>", summary: "a name from `countersign key list`", kind: "key-name" }],
  options: [
    { flags: "--public", summary: "the public key, not the certificates" },
    { flags: "--unsafe-private-key", summary: "the private key, in the form that it is kept in; with --out" },
    {
      flags: "--format <format>",
      summary: "the private key in PEM as it is kept (default), or for cosign, encrypted with COSIGN_PASSWORD or what is asked for",
      choices: ["pem", "cosign"],
    },
    { flags: "--out <file>", summary: "write here; an existing file is left alone", kind: "file" },
  ],
  examples: ["countersign key export payments-ci > chain.pem", "countersign key export payments-ci --public --out payments-ci.pub"],
  load: () => import("../commands/key-export.ts"),
};

export const KEY_LIST: CommandDeclaration = {
  name: "key list",
  summary: "list the keys that can sign",
  description: "Lists the key ring and the keys of notation's signingkeys.json.",
  arguments: [],
  options: [NAMES_OUTPUT],
  examples: ["countersign key list"],
  load: () => import("../commands/key-list.ts"),
};

export const KEY_REMOVE: CommandDeclaration = {
  name: "key remove",
  summary: "delete a key from the key ring",
  description: "Deletes the private key and its certificates. Signatures made with it stay as they are.",
  arguments: [{ name: "<name>", summary: "a name from `countersign key list`", kind: "key-name" }],
  options: [{ flags: "--yes", summary: "wanted, because there is no way back" }],
  examples: ["countersign key remove payments-ci --yes"],
  load: () => import("../commands/key-remove.ts"),
};

export const CERT_TEST: CommandDeclaration = {
  name: "cert test",
  summary: "make a throw-away CA and a signing certificate, to try things with",
  description:
    "Makes a key with a certificate chain for code signing, or with --timestamp for a timestamp authority, and then a serve.yaml for " +
    "`countersign serve` too. Nobody else trusts it: never sign releases with it.",
  arguments: [{ name: "[name]", summary: "the key's name (default test)" }],
  options: [
    { flags: "--chain <n>", summary: "certificates in the chain: 1, 2 or 3 (default 2)", choices: ["1", "2", "3"] },
    { flags: "--key-type <type>", summary: "default ec-256", choices: KEY_TYPES },
    SUBJECT,
    { flags: "--days <n>", summary: "how long the leaf is valid (default 90)", parse: parseCount },
    { flags: "--out <dir>", summary: "write NAME.key, NAME.crt and NAME.root.crt here, not into the key ring", kind: "folder" },
    { flags: "--timestamp", summary: "for a timestamp authority, to be run with `countersign serve`" },
    { flags: "--trust", summary: "add the root to the trust store ca:NAME (with --timestamp tsa:NAME) as well" },
    ONE_OUTPUT,
  ],
  examples: [
    "countersign cert test --trust",
    "countersign cert test demo --chain 3 --key-type rsa-3072 --out ./pki",
    "countersign cert test clock --timestamp --trust",
  ],
  load: () => import("../commands/cert-test.ts"),
};

export const CERT_REQUEST: CommandDeclaration = {
  name: "cert request",
  summary: "make a request that a certificate authority can turn into a certificate",
  description: "Prints a PKCS#10 request in PEM for a key.",
  arguments: [{ name: "<key>", summary: "a PEM file, env://NAME, or a name from `countersign key list`", kind: "key" }],
  options: [SUBJECT, { flags: "--out <file>", summary: "write here; an existing file is left alone", kind: "file" }],
  examples: ["countersign cert request payments-ci --subject 'C=US, ST=WA, O=Acme, CN=payments-ci' --out payments-ci.csr"],
  load: () => import("../commands/cert-request.ts"),
};

export const CERT_SHOW: CommandDeclaration = {
  name: "cert show",
  summary: "show certificates, and whether they can sign images",
  description: "Reads a PEM or DER file, says what each certificate is, and checks the chain against the Notary Project's profile.",
  arguments: [{ name: "<file>", summary: "certificates in PEM or DER; - for stdin" }],
  options: [ONE_OUTPUT],
  examples: ["countersign cert show chain.pem"],
  load: () => import("../commands/cert-show.ts"),
};
