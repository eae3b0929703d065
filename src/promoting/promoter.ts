/** May the key that is about to sign a record of a promotion do so? Asked before anything is copied. */
import { findMembers, nameOf, whatDiffers } from "../checks/member.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import type { Signer } from "../core/signer.ts";
import { loadAnchors, type TrustSource } from "../core/trust-source.ts";
import { knownOf } from "../words/signing-person.ts";

/** Throws `promotion/not-a-promoter`. */
export async function refuseOthers(
  signer: Pick<Signer, "chain" | "bare">,
  { promoters }: Pick<Policy, "promoters">,
  { trust, action }: { readonly trust: TrustSource; readonly action: string },
): Promise<void> {
  if (promoters === undefined || promoters.rules.signers.kind !== "members") {
    throw new CountersignError(
      "promotion/not-a-promoter",
      `Cannot ${action}: nobody on this machine says whose records of promotions count`,
      {
        remedy: "write roles.promoters into verifier.yaml",
      },
    );
  }
  const { trustStores, signers } = promoters.rules;
  const known = knownOf(signer);
  const stores = known.kind === "key" ? [] : trustStores.filter(({ type }) => type !== "tsa");
  const anchors = await loadAnchors(stores, trust);
  if (findMembers(known, signers.members, { anchors }).length > 0) return;
  const names = signers.members.map(({ name }) => showForeign(name)).join(", or ");
  const differs = known.kind === "chain" ? whatDiffers(known.chain[0], signers.members) : "";
  throw new CountersignError(
    "promotion/not-a-promoter",
    `Cannot ${action} as "${nameOf(known)}": roles.promoters in verifier.yaml names only these: ${names}${differs}`,
  );
}
