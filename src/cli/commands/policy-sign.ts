/** `policy sign`: puts a policy into a registry, signed. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { parsePolicyLocation } from "../../policy/policy-location.ts";
import { publishPolicy } from "../../publish-policy.ts";
import type { Call } from "../declaration.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy } from "../policy-file.ts";
import { policyFacts } from "../render/policy.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const [named = "", place = ""] = words;
  const key = values.text("key");
  const certificate = values.text("cert");
  const format = values.text("format");
  return withSetup(call, async (opened) => {
    if (key === undefined)
      throw new CountersignError("usage/invalid", "Cannot sign: no key was given", { remedy: "--key NAME from `countersign key list`" });
    const location = parsePolicyLocation(place);
    if (location.kind === "file" || location.reference.digest !== undefined) {
      throw new CountersignError("usage/invalid", `Cannot put a policy to "${place}": it is no tag of a registry`, {
        remedy: "oci://registry.example/policies/shop:latest",
      });
    }
    const file = await loadGivenPolicy(named, { io, opened });
    if (file.policy.form !== "countersign") {
      throw new CountersignError("policy/invalid", `Cannot sign policy "${file.place.text}": a Notary trust policy has no version to sign`);
    }
    const signer = await opened.openSigner({ key, ...(certificate === undefined ? {} : { certificate }) });
    const { pinned, signature } = await publishPolicy(file, location.reference, {
      store: await opened.openStore(location.reference),
      signer,
      clock: opened.clock,
      ...(format === undefined ? {} : { format }),
      ...(io.signal === undefined ? {} : { signal: io.signal }),
    });
    if (values.text("output") === "json") {
      const { source, name, version, digest } = policyFacts(file);
      const answer = { apiVersion: API_VERSION, kind: "SignedPolicy", source, name, version, digest, pinned, signature: signature.digest };
      print(io, JSON.stringify(answer, null, 2));
    } else {
      print(io, `policy ${file.policy.name} version ${file.policy.version} is signed: oci://${pinned}`);
    }
    return 0;
  });
}
