/** What signs timestamps, from PEM files and environment variables. */
import { Malformed } from "../core/malformed.ts";
import { findPaths, type Path } from "../pki/timestamp/path.ts";
import { createTokenSigner, type TokenSigner } from "../pki/timestamp/token-writer.ts";
import type { Certificate } from "../pki/x509/certificate.ts";
import { checkTimestampingChain } from "../pki/x509/chain.ts";
import { type FileSignerOptions, loadParts } from "./file-signer.ts";
import { readChain } from "./signer.ts";

/** Throws `CountersignError` `key/…` or `file/…`: what is returned can sign, with certificates that are for timestamps alone. */
export async function loadTokenSigner(options: Omit<FileSignerOptions, "needsCertificate">): Promise<TokenSigner> {
  const { key, certified } = await loadParts({ ...options, needsCertificate: true });
  if (certified === undefined) throw new TypeError("certificates were asked for");
  return createTokenSigner(key, pathOf(readChain(certified, (chain) => checkTimestampingChain(pathOf(chain)))));
}

/** Each must have issued the one before. The root may be missing: whoever believes it has it. */
function pathOf([own, ...above]: readonly Certificate[]): Path {
  if (own === undefined) throw new Malformed("chain/empty", "the chain has no certificate");
  const [path] = findPaths(own, { between: above.slice(0, -1), anchors: [above.at(-1) ?? own] });
  if (path?.length !== 1 + above.length) throw new Malformed("chain/order", "the certificates were not each issued by the next");
  return path;
}
