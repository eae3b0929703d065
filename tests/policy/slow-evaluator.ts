/**
 * A second evaluator, slow and obvious, to hold the real one against: it reads the policy's document as a plain object,
 * and tries every way in which what is not known could turn out. What is met in all of them passes, what is met in none is
 * denied, and anything else is unknown. It imports types of the core and nothing else.
 */
import type { Answer } from "../../src/core/verdict.ts";
import type { BaseFact } from "./slow-bases.ts";
import type { CommitFact } from "./slow-commits.ts";
import { isMet, isSigned, type SaidFact, type SaidKind, type World, type WorldManifest, type WorldStatement } from "./slow-evidence.ts";
import { asksByApp, everybody, gatesAsked, placesOf, type PlainPolicy, type SignatureFact } from "./slow-policy.ts";

export type SlowAnswer = Answer | "not-listed" | "gate-wanted";

/** Something that is listed, and of which not all could be read. */
interface Hidden {
  /** What it states, where that is known. */
  readonly kind?: SaidKind;
  readonly hangsOn: string;
  /** The manifests that it names, where that is known. */
  readonly about?: readonly string[];
  /** Whether it may be a signature of the image. */
  readonly mayBeSignature: boolean;
}

export interface Question {
  readonly repository: string;
  readonly gate?: string;
  readonly image: string;
  /** Of the image itself. */
  readonly signatures: readonly (SignatureFact & { readonly isHidden: boolean })[];
  /** What was read. */
  readonly said: readonly SaidFact[];
  readonly hidden: readonly Hidden[];
  /** Manifests of which more may be listed than was seen. */
  readonly cutOff: readonly string[];
  /** What can run. */
  readonly manifests: readonly WorldManifest[];
  readonly configsUnread: readonly string[];
  /** How many manifests could not be read. */
  readonly unread: number;
  /** All that there are. */
  readonly commits: readonly CommitFact[];
  readonly bases: readonly (BaseFact & Pick<Question, "signatures">)[];
}

/** An image of which nothing else is known. */
export const NOTHING_ELSE = {
  said: [],
  hidden: [],
  cutOff: [],
  manifests: [],
  configsUnread: [],
  unread: 0,
  commits: [],
  bases: [],
} as const;

export interface SlowVerdict {
  readonly answer: SlowAnswer;
  /** By gate and what is asked there, in the policy's words. */
  readonly needs: ReadonlyMap<string, Answer>;
}

function only(answer: SlowAnswer): SlowVerdict {
  return { answer, needs: new Map() };
}

export function judgeSlowly(policy: PlainPolicy, question: Question): SlowVerdict {
  const places = placesOf(policy, question.repository);
  if (question.gate !== undefined && policy.gates[question.gate] === undefined) return only("gate-wanted");
  const [first] = places;
  if (first === undefined) return only("not-listed");
  const { place } = first;
  const here = new Set(places.map(({ gate }) => gate));
  if (question.gate === undefined && here.size > 1) return only("gate-wanted");
  const gate = question.gate ?? first.gate;
  // A gate that has places is for what has a place there.
  if (Object.values(policy.products).some((listed) => listed[gate] !== undefined) && !here.has(gate)) return only("not-listed");
  // Whoever is told by a variable cannot be told where the product has none.
  if (!place.pattern.includes("{app}") && asksByApp(policy, gate)) return only("not-listed");

  const worlds = worldsOf(policy, question).map((world) => ({ policy, place, gate, image: question.image, world }));
  // Each need by itself: that no one world could meet all of them at once is not looked at.
  const inAll = (isMetIn: (judged: (typeof worlds)[number]) => boolean): Answer => {
    const met = worlds.filter(isMetIn).length;
    return met === worlds.length ? "pass" : met === 0 ? "deny" : "unknown";
  };
  const needs = gatesAsked(policy, gate).flatMap((at): readonly (readonly [string, Answer])[] => [
    ...(policy.gates[at]?.needs ?? []).map(
      (need, number) => [`${at} signature ${number}`, inAll((one) => isSigned(one, at, need))] as const,
    ),
    ...(policy.gates[at]?.asks ?? []).map((ask) => [`${at} ${ask.kind}`, inAll((one) => isMet(one, at, ask))] as const),
  ]);
  const answers = needs.map(([, answer]) => answer);
  const answer = answers.includes("deny") ? "deny" : answers.length > 0 && !answers.includes("unknown") ? "pass" : "unknown";
  return { answer, needs: new Map(needs) };
}

/** Of those that could settle anything. */
const KINDS: readonly SaidKind[] = ["scan", "sbom", "test", "provenance", "vex", "attestation"];

/** One way in which something that is not known could turn out. */
type Possibility = (world: World) => World;

function worldsOf(policy: PlainPolicy, question: Question): readonly World[] {
  const { image, signatures, said, hidden, cutOff, manifests, configsUnread, unread } = question;
  const seen = signatures.filter(({ isHidden }) => !isHidden);
  const answers = new Map<string, Answer>();
  const answerOfBase = ({ name, repository }: BaseFact, gate: string): Answer => {
    const key = `${name} at ${gate}`;
    const onBase = question.bases.find((base) => base.name === name)?.signatures ?? [];
    const judged = (): SlowAnswer => judgeSlowly(policy, { ...NOTHING_ELSE, repository, gate, image: name, signatures: onBase }).answer;
    const answer = answers.get(key) ?? judged();
    if (answer === "not-listed" || answer === "gate-wanted") throw new TypeError(`${key} is asked for and not listed`);
    answers.set(key, answer);
    return answer;
  };
  const open: (readonly Possibility[])[] = [
    ...said.map(timesOf),
    ...signatures.filter(({ isHidden }) => isHidden).map(() => [nothing, ...everybody(policy).map((member) => signedBy([member]))]),
    ...hidden.map((one) => [
      nothing,
      ...(one.mayBeSignature ? everybody(policy).map((member) => signedBy([member])) : []),
      ...sayings(policy, one, question),
    ]),
    ...cutOff.map((hangsOn) => [
      nothing,
      ...(hangsOn === image ? [signedBy(everybody(policy))] : []),
      ...sayings(policy, { hangsOn }, question),
      // Several may be there that nobody has seen.
      ...sayings(policy, { kind: "provenance", hangsOn }, question).map((says) => (world: World) => says(says(world))),
    ]),
    ...configsUnread.map((name) => (["all", "nothing"] as const).map((config) => configured(name, config))),
    ...Array.from({ length: unread }, () => [nothing, running("all"), running("nothing")]),
    // The best and the worst tell all: nothing is met by the worse of two commits, or bases, that is not met by the better.
    [true, false].map((isDoubtGood) => (world: World) => ({ ...world, isDoubtGood })),
  ];
  return open.reduce<readonly World[]>(
    (worlds, possibilities) => worlds.flatMap((world) => possibilities.map((possibility) => possibility(world))),
    [{ signatures: seen, said: [], manifests, commits: question.commits, bases: question.bases, answerOfBase, isDoubtGood: false }],
  );
}

function nothing(world: World): World {
  return world;
}

function signedBy(members: readonly string[]): Possibility {
  return (world) => ({ ...world, signatures: [...world.signatures, ...members.map((member) => ({ member }))] });
}

function running(isImagined: "all" | "nothing"): Possibility {
  return (world) => ({ ...world, manifests: [...world.manifests, { name: "unread", config: isImagined, isImagined }] });
}

function configured(name: string, config: "all" | "nothing"): Possibility {
  return (world) => ({
    ...world,
    manifests: world.manifests.map((manifest) => (manifest.name === name ? { ...manifest, config } : manifest)),
  });
}

function stating(said: WorldStatement): Possibility {
  return (world) => ({ ...world, said: [...world.said, said] });
}

/** Something may state anything that it is not known to be otherwise, by everybody and later than all else; on the image about all of it. */
function sayings(policy: PlainPolicy, hidden: Omit<Hidden, "mayBeSignature">, { image, manifests }: Question): readonly Possibility[] {
  const { kind, hangsOn } = hidden;
  const about = hidden.about ?? (hangsOn === image ? [image, ...manifests.map(({ name }) => name)] : [hangsOn]);
  const signatures = everybody(policy).map((member) => ({ member }));
  const common = { hangsOn, about, signatures, isAsserted: false, isBroken: false, order: -Infinity, age: 0 };
  const kinds = kind === undefined ? KINDS : [kind];
  return kinds.flatMap((one) => (["all", "nothing"] as const).map((says) => stating({ ...common, kind: one, says })));
}

/** A clock may be wrong by so much, in hours. */
const SKEW = 5 / 60;

/** Of what nothing says when it was said it may be the last word, or older than all; of what is to come the age is not known. */
function timesOf(said: SaidFact): readonly Possibility[] {
  const { hoursAgo: time, kind } = said;
  const at = (order: number, age: number): Possibility => stating({ ...said, order, age });
  // A commit is what it is at any time.
  if (kind === "source") return [at(0, 0)];
  if (time === undefined) return [at(-Infinity, 0), at(Infinity, Infinity)];
  return time < -SKEW ? [at(time, 0), at(time, Infinity)] : [at(time, time)];
}
