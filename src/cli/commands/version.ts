/** `version`: Countersign's and Node's. */
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { describeVersion, VERSION } from "../../version.ts";
import { print } from "../io.ts";
import type { Call } from "../declaration.ts";

export async function run({ io, values }: Call): Promise<ExitCode> {
  if (values.text("output") === "json") {
    print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "Version", version: VERSION, node: process.versions.node }, null, 2));
  } else {
    print(io, describeVersion());
  }
  return 0;
}
