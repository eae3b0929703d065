/** Signatures of OpenPGP as git has them, by the optional package `openpgp`: the one place that knows it. Source: RFC 9580. */
import type { Key, Message, Signature } from "openpgp";
import { showForeign } from "../../core/display.ts";
import { LIMITS } from "../../core/limits.ts";
import { decodePgpArmour } from "../../encoding/openpgp.ts";

type Library = typeof import("openpgp");

export type OpenPgpVerification =
  /** By the key whose primary key has this fingerprint: 40 or 64 hex digits, in upper case. */
  | { readonly outcome: "valid"; readonly fingerprint: string }
  /** It names none of the keys that were given, so that it was not looked at. */
  | { readonly outcome: "other-key"; readonly key: string }
  | { readonly outcome: "invalid"; readonly why: string }
  /** Of a kind that is not read here, so that it may be a good one. */
  | { readonly outcome: "unsupported"; readonly why: string };

/** Checks a signature in armour over these bytes. */
export type VerifyOpenPgp = (armoured: string, payload: Uint8Array) => Promise<OpenPgpVerification>;

/** By these keys, each as `gpg --export` writes it; `undefined` where the package is not installed. `now`: nothing is signed later. */
export async function openPgpVerifier(keys: readonly Uint8Array[], now: Date): Promise<VerifyOpenPgp | undefined> {
  const library = await loadLibrary();
  if (library === undefined) return undefined;
  const read = await Promise.all(keys.map((key) => readKey(library, key)));
  const known = read.filter((key) => typeof key !== "string");
  const unread = read.filter((key) => typeof key === "string");
  return (armoured, payload) => verify(library, { armoured, payload, known, unread, now });
}

async function loadLibrary(): Promise<Library | undefined> {
  try {
    return await import("openpgp");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Or why it cannot be. */
async function readKey({ readKey: read }: Library, binaryKey: Uint8Array): Promise<Key | string> {
  try {
    return await read({ binaryKey });
  } catch (error) {
    return whyNot(error);
  }
}

interface Case {
  readonly armoured: string;
  readonly payload: Uint8Array;
  readonly known: readonly Key[];
  /** Why each key could not be read that was not. */
  readonly unread: readonly string[];
  readonly now: Date;
}

async function verify(library: Library, { armoured, payload, known, unread, now }: Case): Promise<OpenPgpVerification> {
  const bytes = decodePgpArmour(armoured, { label: "SIGNATURE", maxBytes: LIMITS.openPgpSignatureBytes });
  if (bytes === undefined) return { outcome: "invalid", why: "it is not in the armour that git has" };
  try {
    const signature = await library.readSignature({ binarySignature: bytes });
    const packets = [...signature.packets];
    const [packet] = packets;
    // As git does: what one of several signs for says nothing of the others.
    if (packet === undefined || packets.length > 1)
      return { outcome: "invalid", why: `it is made of ${packets.length} parts, and not of one` };
    if (!(packet instanceof library.SignaturePacket)) return { outcome: "unsupported", why: "it is of a version that is not read" };
    // One of another type signs something else: a key, or nothing at all.
    if (packet.signatureType !== library.enums.signature.binary)
      return { outcome: "invalid", why: "it is of another type than one over a commit" };
    const id = packet.issuerKeyID.toHex();
    const named = known.filter((key) => key.getKeys().some((part) => part.getKeyID().toHex() === id));
    if (named.length === 0) {
      if (unread[0] !== undefined) return { outcome: "unsupported", why: `a key of the policy cannot be read: ${unread[0]}` };
      return { outcome: "other-key", key: hexOf(packet.issuerFingerprint) ?? id.toUpperCase() };
    }
    const message = await library.createMessage({ binary: payload });
    const results = await Promise.all(
      named.map(async (key) => ({ key, why: await whyInvalid(library, { message, signature, key, now }) })),
    );
    const good = results.find(({ why }) => why === undefined);
    if (good !== undefined) return { outcome: "valid", fingerprint: good.key.getFingerprint().toUpperCase() };
    return { outcome: "invalid", why: results[0]?.why ?? "" };
  } catch (error) {
    // Whatever the package makes of hostile bytes: it is not a signature that was found to be good.
    return { outcome: "invalid", why: whyNot(error) };
  }
}

/** The library asks too whether the key could sign when the signature says that it was made, and that nothing critical in it is unknown. */
async function whyInvalid(
  { verify: verifyMessage }: Library,
  given: { readonly message: Message<Uint8Array>; readonly signature: Signature; readonly key: Key; readonly now: Date },
): Promise<string | undefined> {
  const { message, signature, key, now } = given;
  const { signatures } = await verifyMessage({
    message,
    signature,
    verificationKeys: key,
    date: now,
    format: "binary",
    // gpg writes a key's statement about itself anew when it is given more time, and keeps no older one.
    config: { allowInsecureVerificationWithReformattedKeys: true },
  });
  const [only] = signatures;
  if (only === undefined) return "it holds no signature";
  try {
    return (await only.verified) ? undefined : "it is not that of its key over these bytes";
  } catch (error) {
    return whyNot(error);
  }
}

function hexOf(bytes: Uint8Array | null): string | undefined {
  return bytes === null ? undefined : Buffer.from(bytes).toString("hex").toUpperCase();
}

function whyNot(error: unknown): string {
  return showForeign(error instanceof Error ? error.message : String(error), 200);
}
