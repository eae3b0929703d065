/** What people have said of an image in statements of a kind, and whether it is known to be theirs. */
import type { ContentOf } from "../../core/evidence.ts";
import type { Gate } from "../../core/policy.ts";
import type { SignatureReport } from "../../core/verdict.ts";
import { type EvidenceOf, type ExaminedEvidence, isUnread } from "../evidence-seen.ts";
import { isBlocking, underGate } from "../gate-view.ts";
import { type Because, because } from "./because.ts";

interface Contents {
  readonly approval: ContentOf<"approval">;
  readonly disown: ContentOf<"disown">;
  readonly exception: ContentOf<"exception">;
}

type Kind = keyof Contents;

/** One person's word. A statement that several have signed is the word of each. */
export interface Saying<K extends Kind = "approval"> {
  /** Digest of the evidence. */
  readonly statement: string;
  /** Digests of all that carry the very same word, this one among them: whoever may push can hang it up again under another. */
  readonly copies: readonly string[];
  readonly person: string;
  readonly content: Contents[K];
  /** `open`: it may turn out to be theirs. `none`: their signature does not count. */
  readonly certainty: "sure" | "open" | "none";
  /** What stands in the signature's way. */
  readonly because: readonly Because[];
  /** Digest of the signature. */
  readonly signature: string;
  /** Fingerprints of the keys by which they have signed it. */
  readonly keys: readonly string[];
  /** The earliest of all that tells when it was said: an approval that is stamped late is as old as it says, and one that is dated ahead as its stamp. */
  readonly at: Date;
}

interface Said<K extends Kind> {
  /** In the order of their digests. */
  readonly sayings: readonly Saying<K>[];
  /** How many statements may be of the kind, or of people, and could not be judged. */
  readonly unjudged: readonly Unjudged<K>[];
}

/** `content` where it could be read. */
interface Unjudged<K extends Kind> {
  readonly content?: Contents[K];
}

export function sayingsOf<K extends Kind>(kind: K, { evidence }: Pick<EvidenceOf, "evidence">, gate: Gate): Said<K> {
  const sayings: Saying<K>[] = [];
  const unjudged: Unjudged<K>[] = [];
  const found = [...new Map(evidence.map((one) => [one.report.digest, one])).values()];
  for (const one of found.toSorted((a, b) => (a.report.digest < b.report.digest ? -1 : 1))) {
    const content = contentOf(kind, one);
    if (content === undefined) {
      if (mayBe(kind, one)) unjudged.push({});
      continue;
    }
    // What it says of itself tells the product, which its signer need not sign besides.
    const signatures = one.report.signatures.map((seen) => underGate(seen, { ...gate, isProductProven: true }));
    const theirs = Map.groupBy(
      signatures.filter(({ person }) => person !== undefined),
      ({ person = "" }) => person,
    );
    const own = [...theirs].map(([person, by]) =>
      sayingOf({ statement: one.report.digest, copies: [one.report.digest], person, content }, by),
    );
    sayings.push(...own.toSorted((a, b) => (a.person < b.person ? -1 : 1)));
    const isOpen = signatures.some(({ person, party, outcome }) => (person ?? party) === undefined && outcome === "unknown");
    if (isOpen || (isUnread(one) && !own.some(({ certainty }) => certainty === "sure"))) unjudged.push({ content });
  }
  return { sayings: withoutCopies(sayings), unjudged };
}

/** What a person has said to the letter, and as of the same moment, is said once: an earlier word does not come back by a copy of it. */
function withoutCopies<K extends Kind>(sayings: readonly Saying<K>[]): readonly Saying<K>[] {
  const groups = Map.groupBy(sayings, ({ person, content }) => JSON.stringify([person, content]));
  return [...groups.values()].flatMap((copies) => {
    const best = (["sure", "open", "none"] as const).map((one) => copies.filter(({ certainty }) => certainty === one)).find(hasAny);
    const [first] = best ?? [];
    if (best === undefined || first === undefined) return [];
    return [
      {
        ...first,
        copies: copies.map(({ statement }) => statement),
        keys: [...new Set(best.flatMap(({ keys }) => keys))],
        at: new Date(Math.min(...best.map(({ at }) => at.getTime()))),
      },
    ];
  });
}

function hasAny(list: readonly unknown[]): boolean {
  return list.length > 0;
}

/** Whether one of the digests is that of the word. */
export function isNamed({ copies }: Pick<Saying<Kind>, "copies">, digests: readonly string[]): boolean {
  return digests.some((digest) => copies.includes(digest));
}

function contentOf<K extends Kind>(kind: K, { content }: ExaminedEvidence): Contents[K] | undefined {
  return content?.kind === kind ? (content as Contents[K]) : undefined;
}

/** It was listed and could not be had. What is broken proves nothing and blocks nothing. */
function mayBe(kind: Kind, found: ExaminedEvidence): boolean {
  const { content, report } = found;
  return content === undefined && isUnread(found) && (report.content === undefined || report.content === kind);
}

function sayingOf<K extends Kind>(
  about: Pick<Saying<K>, "statement" | "copies" | "person" | "content">,
  signatures: readonly SignatureReport[],
): Saying<K> {
  const of = (outcome: SignatureReport["outcome"]): readonly SignatureReport[] => signatures.filter((one) => one.outcome === outcome);
  const [sure, open] = [of("counts"), of("unknown")];
  const certainty = sure.length > 0 ? "sure" : open.length > 0 ? "open" : "none";
  const best = (sure.length > 0 ? sure : open.length > 0 ? open : signatures).toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const blocking = certainty === "sure" ? [] : (best[0]?.findings.filter(isBlocking) ?? []);
  return {
    ...about,
    certainty,
    because: blocking.map(({ code, message }) => because(code, message)),
    signature: best[0]?.digest ?? "",
    keys: best.map(({ proven }) => proven?.key ?? `of ${about.person}`),
    at: new Date(Math.min(about.content.signedAt.getTime(), ...best.flatMap(timesOf))),
  };
}

function timesOf({ claimed, proven }: SignatureReport): readonly number[] {
  return [claimed?.signingTime, proven?.time?.to].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
}
