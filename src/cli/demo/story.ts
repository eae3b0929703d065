/** The demo's story as data: what is done, what is expected, and what a person is told. */
import { isObject } from "../../core/descriptor.ts";

export interface Step {
  readonly title: string;
  /** Why this matters, in a sentence. */
  readonly why?: string;
  /** Done before the command, by somebody else than the person at the terminal. */
  readonly before?: () => Promise<void> | void;
  readonly command: readonly string[];
  readonly exit: number;
  /** A finding that the verdict must hold. */
  readonly code?: string;
}

/** Every finding code of a verdict, its own and its signatures'. */
export function codesOf(verdict: unknown): readonly string[] {
  if (!isObject(verdict)) return [];
  const signatures = Array.isArray(verdict["signatures"]) ? verdict["signatures"] : [];
  return [verdict, ...signatures]
    .filter(isObject)
    .flatMap(({ findings }) => (Array.isArray(findings) ? findings.filter(isObject).map(({ code }) => String(code)) : []));
}

/** The trust policy that the demo imports: whoever has a certificate of this store may sign, for every repository. */
export function demoPolicy(identity: string): string {
  const statement = {
    name: "demo",
    registryScopes: ["*"],
    signatureVerification: { level: "strict" },
    trustStores: ["ca:ci"],
    trustedIdentities: [identity],
  };
  return `${JSON.stringify({ version: "1.0", trustPolicies: [statement] }, null, 2)}\n`;
}
