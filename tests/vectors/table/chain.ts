/** Faults in the chain and in what its certificates are for. Source: signature-specification, "Certificate Requirements". */
import { sign as cryptoSign } from "node:crypto";
import { authorityExtensions, extension } from "../certificate.ts";
import { bits, element, flag, oid, sequence } from "../der-tree.ts";
import { keyPair } from "../keys.ts";
import { type Plan, withRsa } from "../plan.ts";
import type { Vector } from "../vector.ts";

type Fault = Omit<Vector, "outcome">;

/** Key usages by their bits: digitalSignature, contentCommitment, keyEncipherment, dataEncipherment, keyAgreement, keyCertSign, cRLSign. */
function usage(byte: number): ReturnType<typeof bits> {
  return bits(Uint8Array.of(byte), byte === 0 ? 0 : Math.log2(byte & -byte));
}

function leafUsage(byte: number): (plan: Plan) => void {
  return (plan) => void (extension(plan.leaf, "keyUsage").value = usage(byte));
}

function purposes(...oids: readonly string[]): (plan: Plan) => void {
  return (plan) => void (extension(plan.leaf, "extendedKeyUsage").value = sequence(...oids.map(oid)));
}

function dropExtension(
  certificate: "leaf" | "intermediate",
  name: "basicConstraints" | "keyUsage" | "extendedKeyUsage",
): (plan: Plan) => void {
  return (plan) => {
    const dropped = extension(plan[certificate], name);
    plan[certificate].extensions = plan[certificate].extensions.filter((entry) => entry !== dropped);
  };
}

function signWith(name: "p384" | "secp256k1" | "stranger", hash: string): Plan["sign"] {
  return (bytes) => cryptoSign(hash, bytes, { key: keyPair(name).privateKey, dsaEncoding: "ieee-p1363" });
}

/** One certificate, its own root; the anchor is itself. */
function selfSigned(plan: Plan): void {
  plan.leaf.issuerKey = "leaf";
  plan.leaf.issuer = plan.leaf.subject;
  plan.chain = ({ leaf }) => [leaf];
  plan.anchors = ({ leaf }) => ({ "ca/acme/leaf.der": leaf });
}

const FAULTS: readonly Fault[] = [
  {
    name: "empty list of certificates",
    comment: "x5c is required",
    code: "chain/empty",
    fault: (plan) => void plan.unprotected.set("x5c", []),
  },
  {
    name: "eleven certificates",
    comment: "a bound on what is decoded; no real chain is longer than ten",
    code: "chain/too-long",
    fault: (plan) => void (plan.chain = ({ leaf, intermediate, root }) => [leaf, ...Array<Uint8Array>(9).fill(intermediate), root]),
  },
  {
    name: "root before the intermediate",
    comment: "each certificate is issued by the next",
    code: "chain/order",
    fault: (plan) => void (plan.chain = ({ leaf, intermediate, root }) => [leaf, root, intermediate]),
  },
  {
    name: "unrelated certificate in the chain",
    comment: "notation refuses it too",
    code: "chain/order",
    fault: (plan) => void (plan.chain = ({ leaf, intermediate, root }) => [leaf, leaf, intermediate, root]),
  },
  {
    name: "chain without its intermediate",
    comment: "no path is built from elsewhere",
    code: "chain/order",
    fault: (plan) => void (plan.chain = ({ leaf, root }) => [leaf, root]),
  },
  {
    name: "chain without its root",
    comment: "the root belongs to the chain, even if the verifier has it",
    code: "chain/no-root",
    fault: (plan) => void (plan.chain = ({ leaf, intermediate }) => [leaf, intermediate]),
  },
  {
    name: "root twice",
    comment: "no self-signed certificate before the end",
    code: "chain/early-root",
    fault: (plan) => void (plan.chain = ({ leaf, intermediate, root }) => [leaf, intermediate, root, root]),
  },
  {
    name: "leaf signed by a stranger in the intermediate's name",
    comment: "the trusted root beside it shows nothing",
    code: "chain/signature",
    fault: (plan) => void (plan.leaf.issuerKey = "stranger"),
  },
  {
    name: "intermediate signed by a stranger in the root's name",
    comment: "the trusted root beside it shows nothing",
    code: "chain/signature",
    fault: (plan) => void (plan.intermediate.issuerKey = "stranger"),
  },
  {
    name: "root that is signed by another key in its own name",
    comment: "self-signed, not only self-issued",
    code: "chain/signature",
    fault: (plan) => void (plan.root.issuerKey = "stranger"),
  },

  {
    name: "leaf signed with SHA-1",
    comment: "no SHA-1 anywhere in the chain",
    code: "certificate/weak-signature",
    fault: (plan) => void (plan.leaf.signatureHash = "sha1"),
  },
  {
    name: "root signed with SHA-1",
    comment: "no SHA-1 anywhere in the chain",
    code: "certificate/weak-signature",
    fault: (plan) => void (plan.root.signatureHash = "sha1"),
  },
  {
    name: "RSA key of 1024 bits",
    comment: "2048, 3072 or 4096",
    code: "certificate/key",
    fault: (plan) => {
      withRsa(plan, 32);
      plan.leaf.key = "rsa1024";
    },
    twin: (plan) => withRsa(plan, 32),
  },
  {
    name: "Ed25519 key",
    comment: "none of the six algorithms",
    code: "certificate/key",
    fault: (plan) => void (plan.leaf.key = "ed25519"),
  },
  {
    name: "key of another curve",
    comment: "P-256, P-384, P-521",
    code: "certificate/key",
    fault: (plan) => void (plan.leaf.key = "secp256k1"),
  },
  {
    name: "intermediate that is no authority",
    comment: "cA must be true",
    code: "certificate/not-ca",
    fault: (plan) => void (extension(plan.intermediate, "basicConstraints").value = sequence()),
  },
  {
    name: "intermediate without basic constraints",
    comment: "must be present",
    code: "certificate/not-ca",
    fault: dropExtension("intermediate", "basicConstraints"),
  },
  {
    name: "intermediate whose basic constraints are not critical",
    comment: "must be critical; notation does not look",
    code: "certificate/not-ca",
    fault: (plan) => void (extension(plan.intermediate, "basicConstraints").critical = false),
  },
  {
    name: "leaf that is an authority",
    comment: "cA must be false",
    code: "certificate/leaf-is-ca",
    fault: (plan) => void (extension(plan.leaf, "basicConstraints").value = sequence(flag(true))),
    twin: dropExtension("leaf", "basicConstraints"),
  },
  {
    name: "single certificate that is an authority",
    comment: "one certificate must pass the leaf's rules",
    code: "certificate/leaf-is-ca",
    fault: (plan) => {
      selfSigned(plan);
      extension(plan.leaf, "basicConstraints").value = sequence(flag(true));
    },
    twin: selfSigned,
  },
  {
    name: "root that may have no authority below it",
    comment: "pathLen counts the authorities below",
    code: "certificate/path-length",
    fault: (plan) => void (plan.root.extensions = authorityExtensions(0)),
    twin: (plan) => void (plan.root.extensions = authorityExtensions(1)),
  },
  { name: "leaf without key usage", comment: "must be present", code: "certificate/key-usage", fault: dropExtension("leaf", "keyUsage") },
  {
    name: "leaf whose key usage is not critical",
    comment: "must be critical",
    code: "certificate/key-usage",
    fault: (plan) => void (extension(plan.leaf, "keyUsage").critical = false),
  },
  {
    name: "leaf without digitalSignature",
    comment: "must be set",
    code: "certificate/key-usage",
    fault: leafUsage(0x40),
    twin: leafUsage(0xc0),
  },
  {
    name: "leaf that may encipher keys",
    comment: "must not be set",
    code: "certificate/key-usage",
    fault: leafUsage(0xa0),
    twin: leafUsage(0xc0),
  },
  { name: "leaf that may sign certificates", comment: "must not be set", code: "certificate/key-usage", fault: leafUsage(0x84) },
  { name: "leaf that may sign revocation lists", comment: "must not be set", code: "certificate/key-usage", fault: leafUsage(0x82) },
  {
    name: "intermediate that may not sign certificates",
    comment: "keyCertSign must be set",
    code: "certificate/key-usage",
    fault: (plan) => void (extension(plan.intermediate, "keyUsage").value = usage(0x02)),
    twin: (plan) => void (extension(plan.intermediate, "keyUsage").value = usage(0x06)),
  },
  {
    name: "intermediate whose key usage is not critical",
    comment: "must be critical",
    code: "certificate/key-usage",
    fault: (plan) => void (extension(plan.intermediate, "keyUsage").critical = false),
  },
  {
    name: "leaf for any purpose",
    comment: "notary 1.15: anyExtendedKeyUsage is refused; notation accepts it",
    code: "certificate/extended-key-usage",
    fault: purposes("2.5.29.37.0"),
    twin: dropExtension("leaf", "extendedKeyUsage"),
  },
  {
    name: "leaf for web servers as well",
    comment: "serverAuth must not be there",
    code: "certificate/extended-key-usage",
    fault: purposes("1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.1"),
    twin: purposes("1.3.6.1.5.5.7.3.3", "1.3.6.1.4.1.99999.1"),
  },
  {
    name: "leaf for timestamps",
    comment: "timeStamping must not be there",
    code: "certificate/extended-key-usage",
    fault: purposes("1.3.6.1.5.5.7.3.8"),
  },
  {
    name: "leaf for OCSP answers",
    comment: "notary 1.15: refused, as by notation",
    code: "certificate/extended-key-usage",
    fault: purposes("1.3.6.1.5.5.7.3.9"),
  },

  {
    name: "signature by another key",
    comment: "the leaf's key is not the one that signed",
    code: "integrity/signature-invalid",
    fault: (plan) => void (plan.sign = signWith("stranger", "sha256")),
  },
  {
    name: "signature with one bit flipped",
    comment: "any change of the value",
    code: "integrity/signature-invalid",
    fault: (plan) =>
      void (plan.sign = (
        (sign) => (bytes) =>
          sign(bytes).map((byte, index) => (index === 7 ? byte ^ 1 : byte))
      )(plan.sign)),
  },
  {
    name: "signature over other bytes",
    comment: "any change of what is signed",
    code: "integrity/signature-invalid",
    fault: (plan) =>
      void (plan.sign = (
        (sign) => (bytes) =>
          sign(bytes.subarray(1))
      )(plan.sign)),
  },
  {
    name: "ECDSA signature in DER",
    comment: "RFC 7518 3.4, RFC 9053 2.1: r and s, nothing around them",
    code: "integrity/signature-invalid",
    fault: (plan) => void (plan.sign = (bytes) => cryptoSign("sha256", bytes, keyPair("leaf").privateKey)),
  },
  {
    name: "empty signature",
    comment: "of the exact length only",
    code: "integrity/signature-invalid",
    fault: (plan) => void (plan.sign = () => new Uint8Array()),
  },
  {
    name: "ECDSA signature of zeros",
    comment: "CVE-2022-21449: r and s must not be zero",
    code: "integrity/signature-invalid",
    fault: (plan) => void (plan.sign = () => new Uint8Array(64)),
  },
  {
    name: "RSASSA-PSS without salt",
    comment: "notary 1.15: the salt is as long as the hash; notation takes any in JWS",
    code: "integrity/signature-invalid",
    fault: (plan) => withRsa(plan, 0),
    twin: (plan) => withRsa(plan, 32),
  },
  {
    name: "RSASSA-PSS with a salt of 20",
    comment: "notary 1.15: the salt is as long as the hash; notation takes any in JWS",
    code: "integrity/signature-invalid",
    fault: (plan) => withRsa(plan, 20),
    twin: (plan) => withRsa(plan, 32),
  },
  {
    name: "algorithm of another key",
    comment: "the leaf's key decides the algorithm",
    code: "integrity/algorithm-mismatch",
    fault: (plan) => void plan.protected.set("alg", "ES384"),
  },
  {
    name: "P-384 key with the algorithm of P-256",
    comment: "RFC 7518 would call it valid; one key has one algorithm",
    code: "integrity/algorithm-mismatch",
    fault: (plan) => {
      plan.leaf.key = "p384";
      plan.sign = signWith("p384", "sha256");
    },
    twin: (plan) => {
      plan.leaf.key = "p384";
      plan.protected.set("alg", "ES384");
      plan.sign = signWith("p384", "sha384");
    },
  },
  {
    name: "certificate of a hundred kilobytes",
    comment: "a bound on what is decoded",
    code: "integrity/too-large",
    fault: (plan) =>
      void plan.leaf.extensions.push({ oid: "1.3.6.1.4.1.99999.2", critical: false, value: element(0x04, new Uint8Array(100_000)) }),
    twin: (plan) =>
      void plan.leaf.extensions.push({ oid: "1.3.6.1.4.1.99999.2", critical: false, value: element(0x04, new Uint8Array(10_000)) }),
  },
];

const PASSES: readonly Vector[] = [
  {
    name: "signature that belongs to its key",
    comment: "integrity, as it should be",
    outcome: "pass",
    code: "integrity/verified",
    fault: (plan) => void plan.leaf.extensions.push({ oid: "1.3.6.1.4.1.99999.3", critical: true, value: sequence() }),
  },
];

export const CHAIN_VECTORS: readonly Vector[] = [...FAULTS.map((fault): Vector => ({ ...fault, outcome: "deny" })), ...PASSES];
