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

/** The policy of the demo. */
export function demoPolicy(host: string): string {
  return `apiVersion: countersign.dev/v1
kind: Policy
name: demo
version: 1
products:
  demo/{image}: { build: "${host}/build/{image}", prod: "${host}/prod/{image}" }
sharedSigner: true   # one pipeline signs for every product, and says which in each signature
people:
  ana: { certificate: { anchor: "ca:ana", subject: { C: US, ST: WA, L: Seattle, O: Countersign Demo, CN: Ana } } }
parties:
  ci: { certificate: { anchor: "ca:ci", subject: { C: US, ST: WA, L: Seattle, O: Countersign Demo, CN: ci } } }
gates:
  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, needs: [ { signature: { by: ana } } ] }
`;
}
