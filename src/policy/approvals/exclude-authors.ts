/** Keeps those from approving an image who have written it, as far as that can be told, and unless they say that they have not. */
import { underGate } from "../gate-view.ts";
import { listSome } from "../requirements/some.ts";
import { type Authorship, authorsOf, shortId } from "./authors.ts";
import { type Because, because } from "./because.ts";
import { evidenceIn, type Exclusions, type ExclusionsAround, provenanceOf } from "./exclusions.ts";
import { whyOtherGate } from "../other-gate.ts";
import { sayingsOf } from "./sayings.ts";

export function excludeAuthors(by: readonly string[], around: ExclusionsAround): Exclusions {
  const { head, gate, evidence, people } = around;
  const { authorships, unproven } = authorsOf({
    provenance: provenanceOf(around).flatMap(({ content }) => (content?.kind === "provenance" ? [content] : [])),
    commits: commitsIn(around),
    since: [...around.gates.flatMap(({ requirements }) => requirements.flatMap(sinceOf)), ...enteredIn(around)],
    people,
  });
  const said = sayingsOf("disown", evidence.image, gate);
  const disowned = said.sayings.filter(({ content }) => whyOtherGate(content.head, head) === undefined);
  const isUnread = said.unjudged.some(({ content }) => content === undefined || whyOtherGate(content.head, head) === undefined);
  const doubts = unproven.map((message) => because("author/unproven", message));
  const isDisowned = ({ person, commit }: Authorship): "yes" | "no" | "maybe" => {
    const own = disowned.filter((saying) => saying.person === person && saying.content.commit === commit);
    if (own.some(({ certainty }) => certainty === "sure")) return "yes";
    return isUnread || own.some(({ certainty }) => certainty === "open") ? "maybe" : "no";
  };
  const whyNot = (person: string): readonly Because[] => whyExcluded(person, { authorships, isDisowned });
  // What somebody has disowned has his name on it all the same, so that one more has to look at it.
  const lifted = by.filter((person) => authorships.some((one) => one.person === person) && whyNot(person).every(({ isDoubt }) => isDoubt));
  // Where it is not proven who wrote it, or disowned, they may be authors all the same, and nobody more is needed then.
  const isSure = doubts.length === 0 && lifted.some((person) => whyNot(person).length === 0);
  const without = { count: 0, barred: lifted };
  const best = lifted.length === 0 ? [without] : [{ count: 1, barred: [] }, ...(isSure ? [] : [without])];
  return { of: (person) => [...whyNot(person), ...doubts], more: { worst: lifted.length === 0 ? 0 : 1, best } };
}

function sinceOf(requirement: ExclusionsAround["gates"][number]["requirements"][number]): readonly string[] {
  return requirement.kind === "evidence" ? (requirement.commitsSince ?? []) : [];
}

/** Of images that have entered this gate, which those name who approve this one. */
function enteredIn({ here, entered, gate }: ExclusionsAround): readonly string[] {
  return here.flatMap(({ certainty, content: { since } }) =>
    certainty !== "sure" || since === undefined ? [] : (entered?.commitsOf({ image: since, gate: gate.name }) ?? []),
  );
}

/** What those have brought along whose provenance is asked for. */
function commitsIn({ gate, gates, evidence }: ExclusionsAround) {
  const by = new Set(
    gates.flatMap(({ requirements }) =>
      requirements.flatMap((one) => (one.name === "provenance" && one.kind === "evidence" ? one.by : [])),
    ),
  );
  const isTheirs = (seen: Parameters<typeof underGate>[0]): boolean => {
    const { person, party, outcome } = underGate(seen, gate);
    return outcome === "counts" && by.has(person ?? party ?? "");
  };
  return evidenceIn(evidence).flatMap(({ content, report }) =>
    content?.kind === "source" && report.signatures.some(isTheirs) ? content.commits : [],
  );
}

const VERBS: Readonly<Record<Authorship["as"], string>> = {
  author: "authored",
  "co-author": "co-authored",
  committer: "committed",
  signed: "signed",
};

/** Somebody else has signed it. */
const BY_TEXT = ", by the text alone";

/** Whoever signed a commit is known to have, and so is whose account a forge names; whom its text names may say that it is not so. */
function whyExcluded(
  person: string,
  given: { readonly authorships: readonly Authorship[]; readonly isDisowned: (authorship: Authorship) => "yes" | "no" | "maybe" },
): readonly Because[] {
  const theirs = given.authorships.filter((one) => one.person === person);
  const [certain, text] = [theirs.filter(({ isText }) => !isText), theirs.filter(({ isText }) => isText)];
  const told = (those: readonly Authorship[], how = "", isDoubt = false): readonly Because[] =>
    those.length === 0 ? [] : [because("approvals/author", `${person} ${describe(those)}${how}`, isDoubt)];
  return [
    ...told(certain),
    ...told(
      text.filter((one) => given.isDisowned(one) === "no"),
      BY_TEXT,
    ),
    ...told(
      text.filter((one) => given.isDisowned(one) === "maybe"),
      BY_TEXT,
      true,
    ),
  ];
}

/** `3f2a9c1`, or `3f2a9c1 (github says so)`. */
function showCommit({ commit, forge }: Authorship): string {
  return forge === undefined ? shortId(commit) : `${shortId(commit)} (${forge} says so)`;
}

/** `authored commit 3f2a9c1 and signed commits 3f2a9c1, 90ab12c`, each commit once, as what one most likely means by it. */
function describe(authorships: readonly Authorship[]): string {
  const told = new Set<string>();
  const parts = Object.entries(VERBS).flatMap(([as, verb]) => {
    const those = authorships.filter((one) => one.as === as && !told.has(one.commit));
    for (const { commit } of those) told.add(commit);
    const ids = [...new Set(those.map(showCommit))].toSorted();
    return ids.length === 0 ? [] : [`${verb} ${ids.length === 1 ? "commit" : "commits"} ${listSome(ids)}`];
  });
  return parts.join(" and ");
}
