/** What is signed is pinned by digest before, because a tag can move between two commands. */
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { PRODUCT_ANNOTATION } from "../core/policy.ts";
import { formatReference, pinReference, type Reference } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import type { ReadonlyStore, ReferrersMode } from "../core/store.ts";
import type { Call } from "./declaration.ts";
import { digestFrom } from "./digest-from.ts";
import { remark } from "./io.ts";

type Verb = "sign" | "attest" | "approve" | "except" | "promote";

/** Signed, so that whoever verifies can see that nobody had named a digest. */
const UNSAFE_TAG = "dev.countersign.unsafe-tag";

/** What the policy says and what the command line says must not be two things. */
export function refuseOtherProduct(given: Readonly<Record<string, string>>, product: Readonly<Record<string, string>>): void {
  const [asked, wanted] = [given[PRODUCT_ANNOTATION], product[PRODUCT_ANNOTATION]];
  if (asked === undefined || wanted === undefined || asked === wanted) return;
  throw new CountersignError("usage/invalid", `Cannot sign as product "${asked}": by the policy the image is "${wanted}"`, {
    remedy: `leave out --annotation ${PRODUCT_ANNOTATION}=…`,
  });
}

/** Only a registry has more than one way. */
export function refuseReferrersMode(asked: Reference, mode: ReferrersMode | undefined): void {
  if (asked.kind === "registry" || mode === undefined || mode === "auto") return;
  throw new CountersignError(
    "usage/invalid",
    `Cannot use --referrers ${mode} for "${formatReference(asked)}": only a registry lists signatures in more than one way`,
    { remedy: "leave out --referrers" },
  );
}

/** The reference by digest, and what is signed along about how that digest was chosen. */
export async function pinForWriting(
  asked: Reference,
  {
    call,
    store,
    signal,
    verb,
    isUnasked = false,
  }: {
    readonly call: Call;
    readonly store: ReadonlyStore;
    readonly signal: AbortSignal;
    readonly verb: Verb;
    /** Nobody is shown what the tag names before it is signed. */
    readonly isUnasked?: boolean;
  },
): Promise<{ reference: Reference; annotations: Readonly<Record<string, string>> }> {
  const { values, io, global } = call;
  const file = values.text("digest-from");
  if (file !== undefined) return { reference: await digestFrom(file, asked, { call, store, signal, verb }), annotations: {} };
  if (asked.digest !== undefined) return { reference: asked, annotations: {} };
  const isUnsafe = values.flag("unsafe-tag");
  const shown = formatReference(asked);
  if (!isUnsafe && (isUnasked || !io.isTerminal)) {
    const { tag: _, ...place } = asked;
    const name = formatReference(place);
    throw new CountersignError(
      "usage/digest-wanted",
      `Cannot ${verb} "${shown}": ${isUnasked ? "with --yes" : "without a terminal"} a digest is wanted, for a tag can move`,
      {
        remedy:
          `\`countersign tree ${quoteWord(shown)}\` shows the digest; then \`countersign ${verb} ${quoteWord(name)}@sha256:… --key ${quoteWord(values.text("key") ?? "")}\`, ` +
          "or --digest-from FILE, or --unsafe-tag",
      },
    );
  }
  const { descriptor } = await store.resolve(asked, { signal });
  if (!global.quiet) remark(io, `${showForeign(shown)} is ${descriptor.digest}`);
  return { reference: pinReference(asked, descriptor.digest), annotations: isUnsafe ? { [UNSAFE_TAG]: asked.tag ?? "" } : {} };
}
