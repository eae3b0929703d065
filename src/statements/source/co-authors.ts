/** Co-authors that the text of a commit names. Source: GitHub's and GitLab's Co-authored-by, Linux' Co-developed-by. */
import type { CommitPerson } from "../../core/evidence.ts";

const LINE = /^[ \t]*co-(?:authored|developed)-by[ \t]*:/i;

/** Wherever it stands, and with whatever line ends: it may only keep somebody out, so one too many does less harm. */
export function coAuthorsIn(message: string): readonly CommitPerson[] {
  return message.split(/[\r\n]+/).flatMap((line) => {
    const [label] = LINE.exec(line) ?? [];
    if (label === undefined) return [];
    const rest = line.slice(label.length);
    const mails = [...rest.matchAll(/<([^<>]*)>/g)].map(([, mail = ""]) => mail.trim());
    const [name = ""] = rest.split("<", 1);
    return mails.map((mail) => ({ name: name.trim(), mail }));
  });
}
