/** Every vector. */
import type { Vector } from "../vector.ts";
import { BUNDLE_VECTORS } from "./bundles.ts";
import { CHAIN_VECTORS } from "./chain.ts";
import { COSE_VECTORS } from "./cose.ts";
import { DER_VECTORS } from "./der.ts";
import { HEADER_VECTORS } from "./headers.ts";
import { JWS_VECTORS } from "./jws.ts";
import { LISTING_VECTORS } from "./listing.ts";
import { MANIFEST_VECTORS } from "./manifest.ts";
import { MEMBER_VECTORS } from "./members.ts";
import { TIMESTAMP_VECTORS } from "./timestamps.ts";
import { TRUST_VECTORS } from "./trust.ts";

export const VECTORS: readonly Vector[] = [
  ...JWS_VECTORS,
  ...COSE_VECTORS,
  ...HEADER_VECTORS,
  ...DER_VECTORS,
  ...CHAIN_VECTORS,
  ...MANIFEST_VECTORS,
  ...TRUST_VECTORS,
  ...TIMESTAMP_VECTORS,
  ...MEMBER_VECTORS,
  ...LISTING_VECTORS,
  ...BUNDLE_VECTORS,
];
