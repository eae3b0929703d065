/** A policy of our own form, for commands that look into it. */
import { CountersignError } from "../core/errors.ts";
import type { LoadedPolicy } from "../policy/countersign/loaded.ts";
import { isCountersignPolicy } from "../policy/countersign/document.ts";
import type { PolicyFile } from "../trust/policy-file.ts";

/** `action`: what the command does, as its errors have it. */
export function loadedOf({ place, policy }: PolicyFile, action: string): LoadedPolicy {
  if (isCountersignPolicy(policy)) return policy.loaded;
  throw new CountersignError(
    "usage/invalid",
    `Cannot ${action} "${place.text}": it is a Notary trust policy, which has no people and parties`,
    {
      remedy: "`countersign policy init` writes a Countersign policy from it; `countersign policy explain REF` says what it asks",
    },
  );
}
