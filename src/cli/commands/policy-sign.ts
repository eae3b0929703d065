/** `policy sign`: puts a policy into a registry, signed. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { quoteWord } from "../../core/shell.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { isCountersignPolicy } from "../../policy/countersign/document.ts";
import { parsePolicyLocation } from "../../policy/policy-location.ts";
import { publishPolicy, type Waiting } from "../../publish-policy.ts";
import { refuseStranger } from "../../signed-policies/policy-signer.ts";
import { decodePolicyDocument } from "../../trust/policy-file.ts";
import type { Call } from "../declaration.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy } from "../policy-file.ts";
import { policyFacts } from "../render/policy.ts";
import { repeatConfig } from "../render/remedy.ts";
import { describeStamp, refuseSigningAt, renderStamp, timestamperOf } from "../timestamp-options.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const [named = "", place = ""] = words;
  const key = values.text("key");
  const certificate = values.text("cert");
  const format = values.text("format");
  return withSetup(call, async (opened) => {
    if (key === undefined)
      throw new CountersignError("usage/invalid", "Cannot sign: no key was given", { remedy: "--key NAME from `countersign key list`" });
    refuseSigningAt(call);
    const location = parsePolicyLocation(place);
    if (location.kind === "file" || location.reference.digest !== undefined) {
      throw new CountersignError("usage/invalid", `Cannot put a policy to "${place}": it is no tag of a registry`, {
        remedy: "oci://registry.example/policies/shop:latest",
      });
    }
    const file = await loadGivenPolicy(named, { io, opened });
    const { bytes, policy } = file;
    if (!isCountersignPolicy(policy)) {
      throw new CountersignError("policy/invalid", `Cannot sign policy "${file.place.text}": a Notary trust policy has no version to sign`);
    }
    // Verifiers read it from the registry, where the files are not that it may name.
    await decodePolicyDocument(bytes, { source: file.place.text });
    await opened.requireFloor();
    const signer = await opened.openSigner({ key, ...(certificate === undefined ? {} : { certificate }) });
    const stamping = await timestamperOf(call, opened);
    const { trust, clock, paths } = opened;
    const { policySigners: signers } = await opened.verifier();
    if (signers !== undefined) await refuseStranger(signer, { signers, trust, configured: paths.verifier });
    else if (!call.global.quiet)
      remark(
        io,
        `warning: nobody on this machine says who may sign policies (roles.policySigners in ${paths.verifier}), so the tag moves with this signature alone`,
      );
    const { pinned, signature, stamp, waiting, warnings } = await publishPolicy({ bytes, policy }, location.reference, {
      store: await opened.openStore(location.reference),
      signer,
      signers,
      trust,
      clock,
      memory: await opened.policyFloors(),
      ...(format === undefined ? {} : { format }),
      ...stamping,
      ...(io.signal === undefined ? {} : { signal: io.signal }),
    });
    if (!call.global.quiet) for (const warning of warnings) remark(io, `warning: ${showForeign(warning, 4096)}`);
    const next = repeatConfig(`countersign policy sign ${quoteWord(named)} ${quoteWord(place)} --key KEY`, call.known);
    if (values.text("output") === "json") {
      const { source, name, version, digest } = policyFacts(file);
      const answer = {
        apiVersion: API_VERSION,
        kind: "SignedPolicy",
        source,
        name,
        version,
        digest,
        pinned,
        signature: signature.digest,
        ...(stamp === undefined ? {} : { timestamp: describeStamp(stamp) }),
        warnings,
      };
      print(
        io,
        JSON.stringify(
          { ...answer, tagMoved: waiting === undefined, ...(waiting === undefined ? {} : { waiting: { ...waiting, next } }) },
          null,
          2,
        ),
      );
    } else {
      print(io, `policy ${policy.name} version ${policy.version} is signed: oci://${pinned}`);
      if (stamp !== undefined) print(io, `  ${renderStamp(stamp)}`);
      if (waiting !== undefined) print(io, `${showForeign(describeWaiting(waiting), 4096)}:\n  ${next}`);
    }
    return 0;
  });
}

function describeWaiting({ signedBy, atLeast, stillAble }: Waiting): string {
  const needed = atLeast - signedBy.length;
  const who = needed === stillAble.length ? stillAble.join(" and ") : `${needed} of ${stillAble.join(", ")}`;
  return `signed by ${signedBy.join(" and ")}, ${signedBy.length} of ${atLeast}; the tag moves when ${who} ${needed === 1 ? "has" : "have"} signed the same file`;
}
