/** How a key of the ring comes by a certificate, as commands to paste. */
import { quoteWord } from "../core/shell.ts";

export function requestCommands(name: string): readonly [request: string, answer: string] {
  const word = quoteWord(name);
  return [
    `countersign cert request ${word} --subject 'C=…, ST=…, O=…, CN=…' --out ${word}.csr`,
    `countersign key import ${word} --cert chain.pem`,
  ];
}

export function requestRemedy(name: string): string {
  const [request, answer] = requestCommands(name);
  return `\`${request}\`, and with what the authority answers \`${answer}\``;
}
