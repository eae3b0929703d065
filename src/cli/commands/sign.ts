/** `sign`: signs images, each by digest, once for each format asked. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import type { ManifestForm } from "../../core/format.ts";
import { formatReference } from "../../core/reference.ts";
import type { ReferrersMode } from "../../core/store.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import { FORMATS } from "../../formats/table.ts";
import { sign, type SignResult } from "../../sign.ts";
import { answerReferences, plainList } from "../answer.ts";
import { withSetup } from "../open-setup.ts";
import { annotationsOf } from "../pairs.ts";
import { pinForWriting, refuseOtherProduct, refuseReferrersMode } from "../pin-for-writing.ts";
import { productsOf } from "../product.ts";
import type { Style } from "../render/style.ts";
import { collectReferences } from "../references.ts";
import { describeStamp, refuseSigningAt, renderStamp, timestamperOf } from "../timestamp-options.ts";
import type { Call } from "../declaration.ts";

interface Signed {
  readonly reference: string;
  readonly results: readonly SignResult[];
}

export async function run(call: Call): Promise<ExitCode> {
  const { values } = call;
  const key = values.text("key");
  if (key === undefined) {
    throw new CountersignError("usage/invalid", "Cannot sign: no key was given", {
      remedy: "--key NAME from `countersign key list`, or `countersign cert test --trust` to try things with",
    });
  }
  refuseSigningAt(call);
  const certificate = values.text("cert");
  const formats = [...new Set(values.texts("format"))];
  const options = signOptions(call);
  const references = await collectReferences(call);
  return withSetup(call, async (opened) => {
    const productOf = await productsOf(call, opened);
    const needsCertificate = FORMATS.some((row) => row.needsCertificate && formats.includes(row.name));
    const signer = await opened.openSigner({ key, needsCertificate, ...(certificate === undefined ? {} : { certificate }) });
    const stamping = await timestamperOf(call, opened);
    return answerReferences<Signed>(call, opened, {
      references,
      work: async (asked, signal) => {
        refuseReferrersMode(asked, options.referrers);
        const store = await opened.openStore(asked);
        const { reference, annotations } = await pinForWriting(asked, { call, store, signal, verb: "sign" });
        const product = productOf(reference);
        refuseOtherProduct(options.annotations ?? {}, product);
        const results: SignResult[] = [];
        for (const format of formats.length === 0 ? [undefined] : formats) {
          results.push(
            await sign(reference, {
              ...options,
              ...stamping,
              annotations: { ...options.annotations, ...annotations, ...product },
              store,
              signer,
              ...(format === undefined ? {} : { format }),
              clock: opened.clock,
              signal,
            }),
          );
        }
        return { reference: formatReference(asked), results };
      },
      presenter: { document: toDocument, text: renderSigned, exit: () => 0, list: plainList("SignatureList") },
    });
  });
}

function signOptions({ values }: Call): {
  annotations?: Readonly<Record<string, string>>;
  expires?: number;
  referrers?: ReferrersMode;
  manifestForm?: ManifestForm;
} {
  const annotations = annotationsOf(values);
  const expires = values.number("expires");
  // Both hold one of their declared choices: the parser lets nothing else through.
  const referrers = values.text("referrers") as ReferrersMode | undefined;
  const manifestForm = values.text("manifest-form") as ManifestForm | undefined;
  if (expires !== undefined && expires % 1000 !== 0)
    throw new CountersignError("usage/invalid", "Cannot use --expires: whole seconds are wanted", { remedy: "--expires 90d" });
  return {
    ...(annotations === undefined ? {} : { annotations }),
    ...(expires === undefined ? {} : { expires: expires / 1000 }),
    ...withoutAbsent({ referrers, manifestForm }),
  };
}

function toDocument({ reference, results }: Signed): object {
  return {
    apiVersion: API_VERSION,
    kind: "Signatures",
    reference,
    pinned: results[0]?.pinned,
    subject: results[0]?.subject,
    signatures: results.map(({ format, signature, via, stamp }) => ({
      format,
      digest: signature.digest,
      size: signature.size,
      via,
      ...(stamp === undefined ? {} : { timestamp: describeStamp(stamp) }),
    })),
  };
}

const LISTED_BY = { api: "listed by the registry", tag: "listed by the fallback tag", index: "listed in the layout's index" } as const;

function renderSigned({ results }: Signed, style: Style): string {
  const lines = [`${style.good("✓")} signed  ${style.bold(showForeign(results[0]?.pinned ?? "", 4096))}`];
  for (const { format, signature, via, stamp } of results) {
    lines.push(`  ${format}  ${signature.digest}  ${style.dim(LISTED_BY[via])}`);
    if (stamp !== undefined) lines.push(`    ${renderStamp(stamp)}`);
  }
  return lines.join("\n");
}
