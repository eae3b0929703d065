/** `login`: a registry's user name and password, checked and kept. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { quoteWord } from "../../core/shell.ts";
import type { Call } from "../declaration.ts";
import { type Io, print, remark } from "../io.ts";
import { notAnswered, withSetup } from "../open-setup.ts";
import { parseRegistryArgument } from "../registry-argument.ts";
import { styleFor } from "../render/style.ts";
import { saysYes } from "../says-yes.ts";

export async function run(call: Call): Promise<ExitCode> {
  const { io, words, values, global } = call;
  const registry = parseRegistryArgument(words[0] ?? "");
  const username = await usernameFor(registry, call);
  return withSetup({ ...call, global: { ...global, ...(username === undefined ? {} : { username }) } }, async (opened) => {
    const timeout = AbortSignal.timeout(opened.timeoutMs);
    const login = await opened.login(registry, {
      confirmRealm: (host) => confirmRealm(io, { registry, host }),
      signal: io.signal === undefined ? timeout : AbortSignal.any([io.signal, timeout]),
    });
    if (values.text("output") === "json") {
      const { isChecked, realm, kept } = login;
      const said = {
        registry,
        username: login.username,
        checked: isChecked,
        ...(realm === undefined ? {} : { realm }),
        kept: kept.name,
        plain: kept.isPlainFile,
      };
      print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "Login", ...said }, null, 2));
      return 0;
    }
    const style = styleFor(io, io.stdout);
    const done = login.isChecked ? `${style.good("✓")} logged in` : `${style.unsure("?")} kept unchecked`;
    print(io, `${done}  ${style.bold(registry)}  as ${showForeign(login.username)}`);
    if (!login.isChecked) print(io, "  the registry did not ask for credentials, so nobody has checked them");
    if (login.realm !== undefined) print(io, `  tokens from ${showForeign(login.realm)}`);
    print(io, `  kept in ${showForeign(login.kept.name, 4096)}`);
    if (!global.quiet && login.kept.isPlainFile)
      remark(io, "whoever can read that file can read the password; a credential helper keeps it safer");
    return 0;
  });
}

/** `undefined` where the environment has one, which the set-up then uses with its password. */
async function usernameFor(registry: string, { io, global }: Call): Promise<string | undefined> {
  if (global.username !== undefined) return global.username;
  if ((io.env["COUNTERSIGN_REGISTRY_USERNAME"] ?? "") !== "") return undefined;
  if (io.isTerminal && !global.passwordStdin && io.ask !== undefined) {
    const typed = await io.ask(`User name for ${registry}`);
    if (typed === undefined) throw notAnswered(`log in to "${registry}"`);
    if (typed !== "") return typed;
  }
  throw new CountersignError("usage/invalid", `Cannot log in to "${registry}": no user name was given`, {
    remedy: `at a terminal, or with the password on stdin: countersign login ${quoteWord(registry)} --username NAME --password-stdin`,
  });
}

/** The registry chooses the host; that the password goes there is for a person to say. */
async function confirmRealm(io: Io, { registry, host }: { readonly registry: string; readonly host: string }): Promise<boolean> {
  if (!io.isTerminal || io.ask === undefined) return false;
  return saysYes(io.ask, `${registry} gets its tokens from another host, ${showForeign(host)}. Send the password there?`);
}
