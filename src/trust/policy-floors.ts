/** The newest signed policies that this machine has seen, one file each, which outlive the process and can be lost only on purpose. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { fileFailureOf } from "../files/failure.ts";
import { makeFolders } from "../files/folders.ts";
import { loadFileSync } from "../files/load.ts";
import { withLock } from "../files/lock.ts";
import { placeFile } from "../files/place.ts";
import {
  type BelowFloor,
  decodeAnyFloor,
  decodeFloor,
  encodeFloor,
  type Floor,
  FLOOR_BYTES,
  type PolicyKey,
  type SignedVersion,
  whyBelow,
} from "../policy/floor.ts";
import { whyWithinTree } from "./working-tree.ts";

/** Owner only. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export const ANOTHER_FOLDER = "COUNTERSIGN_STATE names another folder, one that only you may write; ~/.local/state/countersign unless told";

export class PolicyFloors {
  readonly #folder: string;
  readonly #home: string;

  /** `state`: the folder of all that is remembered. */
  constructor(state: string, { home }: { readonly home: string }) {
    this.#folder = join(state, "policies");
    this.#home = home;
  }

  /** Whoever writes trust must not forget what it rests on. Throws `config/invalid` where nothing can be remembered. */
  async require(): Promise<void> {
    await this.#writing(this.#folder, async () => {
      await makeFolders(this.#folder, { mode: FOLDER_MODE });
      await access(this.#folder, constants.W_OK | constants.X_OK);
    });
  }

  /** Every floor that is kept, with its file; or in words why that is none. Throws `config/invalid` where the folder cannot be read. */
  readAll(): readonly { readonly path: string; readonly floor: Floor | string }[] {
    let names: readonly string[];
    try {
      names = readdirSync(this.#folder);
    } catch (error) {
      const { state, message, cause } = fileFailureOf(error);
      if (state === "absent") return [];
      throw new CountersignError("config/invalid", `Cannot read "${this.#folder}": ${message}`, { cause, remedy: ANOTHER_FOLDER });
    }
    return names
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .map((name) => {
        const path = join(this.#folder, name);
        try {
          const floor = decodeAnyFloor(loadFileSync(path, { maxBytes: FLOOR_BYTES, links: "refuse" }));
          return { path, floor: typeof floor === "string" || this.fileOf(floor) === path ? floor : "it is of another policy" };
        } catch (error) {
          return { path, floor: fileFailureOf(error).message };
        }
      });
  }

  fileOf({ name, repository }: PolicyKey): string {
    // Names differ in case alone, and file systems may not.
    const own = createHash("sha256").update(`${repository}\n${name}`).digest("hex").slice(0, 16);
    return join(this.#folder, `${name}.${own}.json`);
  }

  /** `undefined` if none was seen yet. Throws `config/invalid` for a floor that cannot be read: it must not be passed over. */
  read(key: PolicyKey): Floor | undefined {
    // What others may write holds nobody to anything.
    if (this.whyNoPlace() !== undefined) return undefined;
    const path = this.fileOf(key);
    let bytes: Uint8Array;
    try {
      bytes = loadFileSync(path, { maxBytes: FLOOR_BYTES, links: "refuse" });
    } catch (error) {
      const { state, message, cause } = fileFailureOf(error);
      if (state === "absent") return undefined;
      throw new CountersignError("config/invalid", `Cannot read "${path}": ${message}`, { cause, remedy: howToMend(path, key) });
    }
    const floor = decodeFloor(bytes, key);
    if (typeof floor !== "string") return floor;
    throw new CountersignError("config/invalid", `Cannot use "${path}": ${floor}`, { remedy: howToMend(path, key) });
  }

  /** Why it must not judge here. Throws `config/invalid`. */
  whyBelow(seen: SignedVersion): BelowFloor | undefined {
    const floor = this.read(seen);
    return floor === undefined ? undefined : whyBelow(seen, floor);
  }

  /** Throws `policy/rolled-back`, `policy/forked` and `config/invalid`. */
  refuseBelow(seen: SignedVersion): void {
    const below = this.whyBelow(seen);
    if (below !== undefined) throw this.refusal(seen, { below });
  }

  /** `source`: as the policy is shown. */
  refusal(
    seen: SignedVersion,
    { below, source = `oci://${seen.repository}` }: { readonly below: BelowFloor; readonly source?: string },
  ): CountersignError {
    const remedy =
      below.code === "policy/rolled-back"
        ? "find out who has put it there: to go back for everybody, the older content is signed as the next version"
        : "ask the policy signers which of the two holds";
    const onPurpose = `to use it here on purpose, pin it: \`pins: { ${seen.name}: "${seen.digest}" }\` in verifier.yaml`;
    return new CountersignError(below.code, `Cannot use policy "${source}": ${below.state}`, {
      remedy: `${remedy}; ${onPurpose}; if the policy was begun anew, remove "${this.fileOf(seen)}"`,
    });
  }

  /**
   * Remembers a version that has judged, or was signed here. One that another process has remembered meanwhile stays, if it
   * is newer. Throws `config/invalid` where it cannot be written, and `policy/forked` if the other is another document.
   */
  async raise(seen: SignedVersion, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (isKept(seen, this.read(seen))) return;
    const path = this.fileOf(seen);
    await this.#writing(path, async () => {
      await makeFolders(dirname(path), { mode: FOLDER_MODE });
      await withLock(
        `${path}.lock`,
        async (isStillOurs) => {
          const floor = this.read(seen);
          if (isKept(seen, floor)) return;
          const below = floor === undefined ? undefined : whyBelow(seen, floor);
          if (below?.code === "policy/forked") throw this.refusal(seen, { below });
          await isStillOurs();
          await placeFile(path, encodeFloor(seen), { mode: FILE_MODE, replace: true });
        },
        { signal },
      );
    });
  }

  async #writing(path: string, work: () => Promise<void>): Promise<void> {
    const remedy = ANOTHER_FOLDER;
    const why = this.whyNoPlace();
    if (why !== undefined) throw new CountersignError("config/invalid", `Cannot use "${this.#folder}": it ${why}`, { remedy });
    try {
      await work();
    } catch (error) {
      if (error instanceof CountersignError) throw error;
      const { message, cause } = fileFailureOf(error);
      throw new CountersignError("config/invalid", `Cannot write "${path}": ${message}`, { cause, remedy });
    }
  }

  /** In words, why nothing that is there may be believed. */
  whyNoPlace(): string | undefined {
    return whyWithinTree(this.#folder, { home: this.#home });
  }
}

/** Nothing is to be written: it is there already, or a newer one. */
function isKept(seen: SignedVersion, floor: Floor | undefined): boolean {
  if (floor === undefined || floor.version < seen.version) return false;
  if (floor.version > seen.version) return true;
  return floor.digest === seen.digest && (seen.chain === undefined || floor.chain === seen.chain);
}

function howToMend(path: string, { name }: PolicyKey): string {
  return `check who may read and write it; or remove "${path}": the next version of policy ${name} is taken for the newest then, and policies.${name}.minimumVersion in verifier.yaml holds all the same`;
}
