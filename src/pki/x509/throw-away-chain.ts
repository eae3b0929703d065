/** A throw-away authority with its certificates, for trying things out and for tests. Nobody should trust it for anything else. */
import type { KeyObject } from "node:crypto";
import { createKeyPair, type KeyPair, type KeyType } from "../key-pair.ts";
import { PURPOSE_OIDS } from "../oids.ts";
import { createCertificate } from "./create.ts";
import { authorityKeyIdentifier, basicConstraints, extendedKeyUsage, keyUsage, subjectKeyIdentifier } from "./extension-writer.ts";
import type { Extension } from "./extensions.ts";
import { type NameTemplate, nameOf } from "./name.ts";

export interface TestChainOptions {
  /** 1: a self-signed leaf. 2: leaf and root. 3: with an intermediate between. 2 unless given. */
  readonly length?: 1 | 2 | 3;
  /** The leaf's key; the authorities have P-384. `ec-256` unless given. */
  readonly keyType?: KeyType;
  /** The leaf's key, if it is one that there is. */
  readonly leafKeys?: KeyPair;
  /** Told in the names of the authorities, so that those of several chains can be told apart. */
  readonly name?: string;
  /** The leaf's subject. */
  readonly subject?: NameTemplate;
  readonly now?: Date;
  /** How long the leaf is valid; 1 unless given. */
  readonly days?: number;
  /** The leaf's extended key usages; code signing alone unless given. */
  readonly purposes?: readonly string[];
  /** That nothing but these is allowed, as a certificate for timestamps must say. Default false. */
  readonly arePurposesCritical?: boolean;
  /** Added to the leaf's own. */
  readonly leafExtensions?: readonly Extension[];
}

export interface TestChain {
  /** DER, leaf first, root last. */
  readonly certificates: readonly Uint8Array[];
  readonly leafKey: KeyObject;
  /** The key of the last certificate, which is the leaf's if it is the only one. */
  readonly rootKey: KeyObject;
}

const DAY = 86_400_000;
/** A clock that is a little slow must not find the certificates not yet valid. */
const BACKDATED = 300_000;

export async function createTestChain(options: TestChainOptions = {}): Promise<TestChain> {
  const length = options.length ?? 2;
  const now = (options.now ?? new Date()).getTime();
  const days = options.days ?? 1;
  const validity = { notBefore: new Date(now - BACKDATED), notAfter: new Date(now + days * DAY) };
  const leaf = options.leafKeys ?? (await createKeyPair(options.keyType ?? "ec-256"));
  const subject = options.subject ?? nameOf({ C: "US", ST: "WA", L: "Seattle", O: "Countersign Test", CN: "test signer" });
  const leafOptions = {
    ...validity,
    subject,
    publicKey: leaf.publicKey,
    extensions: [
      basicConstraints({ ca: false }),
      keyUsage(["digitalSignature"]),
      extendedKeyUsage(options.purposes ?? [PURPOSE_OIDS.codeSigning], options.arePurposesCritical),
      subjectKeyIdentifier(leaf.publicKey),
      ...(options.leafExtensions ?? []),
    ],
  };
  if (length === 1) {
    return {
      certificates: [createCertificate({ ...leafOptions, issuer: subject, signingKey: leaf.privateKey })],
      leafKey: leaf.privateKey,
      rootKey: leaf.privateKey,
    };
  }

  const certificates: Uint8Array[] = [];
  let issuer: { readonly name: NameTemplate; readonly keys: KeyPair } | undefined;
  let rootKey: KeyObject | undefined;
  for (let below = length - 2; below >= 0; below--) {
    const keys = await createKeyPair("ec-384");
    const name = authorityName(issuer === undefined ? "root" : "intermediate", options.name);
    const signer = issuer ?? { name, keys };
    rootKey ??= keys.privateKey;
    certificates.unshift(
      createCertificate({
        ...validity,
        // An authority outlives what it issues.
        notAfter: new Date(validity.notAfter.getTime() + DAY),
        subject: name,
        issuer: signer.name,
        publicKey: keys.publicKey,
        signingKey: signer.keys.privateKey,
        extensions: [
          basicConstraints({ ca: true, pathLength: below }),
          keyUsage(["keyCertSign", "cRLSign"]),
          subjectKeyIdentifier(keys.publicKey),
          ...(issuer === undefined ? [] : [authorityKeyIdentifier(issuer.keys.publicKey)]),
        ],
      }),
    );
    issuer = { name, keys };
  }
  if (issuer === undefined || rootKey === undefined) throw new TypeError("a chain of two or more has an issuer");
  const extensions = [...leafOptions.extensions, authorityKeyIdentifier(issuer.keys.publicKey)];
  certificates.unshift(createCertificate({ ...leafOptions, extensions, issuer: issuer.name, signingKey: issuer.keys.privateKey }));
  return { certificates, leafKey: leaf.privateKey, rootKey };
}

/** The same for a timestamp authority: its certificate is for timestamps alone. */
export function createTimestampingTestChain(options: Omit<TestChainOptions, "purposes" | "arePurposesCritical"> = {}): Promise<TestChain> {
  const subject = options.subject ?? nameOf({ C: "US", ST: "WA", L: "Seattle", O: "Countersign Test", CN: "test clock" });
  return createTestChain({ ...options, subject, purposes: [PURPOSE_OIDS.timeStamping], arePurposesCritical: true });
}

function authorityName(role: string, owner: string | undefined): NameTemplate {
  // RFC 5280 appendix A.1 gives a common name 64 characters.
  const whose = owner === undefined ? "" : ` of ${owner.slice(0, 32)}`;
  return nameOf({ C: "US", ST: "WA", O: "Countersign Test", CN: `Countersign test ${role}${whose}` });
}
