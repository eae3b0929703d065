/** Every rule that is taken out by name. Whoever adds a rule to the engine adds it here, with the test that misses it. */
import { APPROVAL_RULES } from "./approvals.ts";
import { BYTES_RULES } from "./bytes.ts";
import { COUNTING_RULES } from "./counting.ts";
import { IMAGE_RULES } from "./image.ts";
import { NEEDS_RULES } from "./needs.ts";
import { POLICY_RULES } from "./policy.ts";
import { PROMOTION_RULES } from "./promotion.ts";
import { SPEAKING_RULES } from "./speaking.ts";
import { SIGNER_RULES } from "./signer.ts";
import { SUMMARY_RULES } from "./summaries.ts";
import { TIME_RULES } from "./time.ts";
import { UNREAD_RULES } from "./unread.ts";
import { WAIVER_RULES } from "./waivers.ts";
import type { Rule } from "./rule.ts";

export const RULES: readonly Rule[] = [
  ...IMAGE_RULES,
  ...BYTES_RULES,
  ...SIGNER_RULES,
  ...TIME_RULES,
  ...COUNTING_RULES,
  ...NEEDS_RULES,
  ...POLICY_RULES,
  ...UNREAD_RULES,
  ...WAIVER_RULES,
  ...APPROVAL_RULES,
  ...SUMMARY_RULES,
  ...SPEAKING_RULES,
  ...PROMOTION_RULES,
];
