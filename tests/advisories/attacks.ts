/** Ways to get an image past a policy that the model of policies closes: each with what closes it, and the tests that show it. */
import type { TestName } from "./table.ts";

export interface Attack {
  readonly attack: string;
  readonly closed: string;
  readonly tests: readonly TestName[];
}

const EVIDENCE = "tests/advisories/evidence.test.ts";
const NEEDS = "tests/advisories/needs.test.ts";
const EXCEPTED = "tests/evidence/exceptions.test.ts";
const POLICY = "tests/advisories/policy.test.ts";
const TREE = "tests/advisories/working-tree.test.ts";
const FAULTS = "src/policy/countersign/faults.test.ts";
const DOCUMENT = "src/policy/countersign/document.test.ts";
const VECTORS = "tests/vectors/vectors.test.ts";
const DECIDE = "src/policy/decide-evidence.test.ts";
const REQUIREMENTS = "src/policy/countersign/requirements.test.ts";
const WHICH = "tests/e2e/which-policy.test.ts";
const FLOOR = "tests/e2e/policy-floor.test.ts";
const BASES = "tests/evidence/bases.test.ts";
const COMMITS = "src/policy/requirements/commits.test.ts";
const CARRIERS = "tests/evidence/carriers.test.ts";
const ATTEST = "tests/e2e/attest.test.ts";

export const ATTACKS: readonly Attack[] = [
  {
    attack: "an approved digest is pushed under another product's name",
    closed: "A signature is for one product: by its signer, by the signed annotation, or by the source of its provenance.",
    tests: [
      [VECTORS, "a signature that says another product (identity/product-other)"],
      [VECTORS, "a signature that says no product, by a signer of several (identity/product-not-signed)"],
      [POLICY, "what a manifest or listing says of itself, unsigned, makes no signature one of another product (kyverno#16336)"],
    ],
  },
  {
    attack: "one repository is made to be of two products",
    closed: "Products whose places could be one are refused.",
    tests: [
      [FAULTS, "refused with its place: a repository of two products"],
      ["src/policy/countersign/agreement.test.ts", "products are refused exactly if two of them overlap, whatever their number and order"],
    ],
  },
  {
    attack: "an image is judged by the gate of another place",
    closed: "The repository tells the gate; a gate that has a place elsewhere judges nothing here.",
    tests: [
      [DOCUMENT, "what a policy does not list, and which gate must be told"],
      [
        "src/cli/verify-manifests.test.ts",
        "the place tells the gate: one image at two gates is judged twice, and none is judged where no place has a gate",
      ],
    ],
  },
  {
    attack: "a name that only looks like a product's place",
    closed: "Hosts and segments are compared whole.",
    tests: [[POLICY, "host and path of a repository are matched whole: nothing around a product's place is the product (CVE-2026-25542)"]],
  },
  {
    attack: "whoever may write one source repository signs for all products with the shared machine",
    closed: "A machine's identity, or the source that is asked for, holds the product's variable, or the policy says that it is shared.",
    tests: [
      [FAULTS, "refused with its place: one signer for many products"],
      [REQUIREMENTS, "one machine may sign for many products where the source says of which one an image is"],
      [REQUIREMENTS, "a source that is of two products says of neither which one an image is"],
    ],
  },
  {
    attack: "one key under two names meets a threshold",
    closed: "An identity of two is refused; people are counted.",
    tests: [
      [FAULTS, "refused with its place: one identity on two persons"],
      [FAULTS, "refused with its place: one identity on a person and a machine"],
      [EVIDENCE, "one who signs twice, in two formats and with two identities, is one of the two that are asked for (CVE-2026-49834)"],
    ],
  },
  {
    attack: "an identity that anyone could claim: a mail, a name in one text, a part of a subject",
    closed: "They refuse the policy, or match nothing.",
    tests: [
      [FAULTS, "refused with its place: a bare mail"],
      [FAULTS, "refused with its place: a name in one text"],
      [VECTORS, "a part of the signer's subject (identity/not-asked)"],
      [NEEDS, "a name is only that person's under the root that the policy names"],
    ],
  },
  {
    attack: "a policy is put beside the sources",
    closed: "It judges for a person at a terminal alone, and counts as nobody's.",
    tests: [
      [TREE, "a policy that lies in the working tree judges only at a terminal, and counts as nobody's"],
      [WHICH, "what lies in the working tree is nobody's configuration"],
    ],
  },
  {
    attack: "a policy that was pinned is changed",
    closed: "Another digest is refused until somebody looks at it.",
    tests: [
      [TREE, "a policy that is named with its digest judges only as it was then"],
      [WHICH, "policy trust pins a file, keeps what stands in verifier.yaml, and a change is refused until it is trusted"],
    ],
  },
  {
    attack: "an older signed policy, or another of the same version, is put back",
    closed: "The newest version that was seen is remembered.",
    tests: [
      [FLOOR, "two documents of one version: the one that was seen first holds, and so does all that follows it"],
      ["src/policy/floor.test.ts", "after version 5 was seen, an older one is policy/rolled-back"],
      ["src/policy/floor.test.ts", "after version 5 was seen, another of the same version is policy/forked"],
      ["src/policy/floor.test.ts", "after version 5 was seen, the next after another is policy/forked"],
    ],
  },
  {
    attack: "a policy is signed by one who may not",
    closed: "Policy signers are named in the verifier's own configuration, and counted.",
    tests: [
      [WHICH, "a policy of a registry counts with the signatures of the policy signers, and in no other way"],
      [WHICH, "a signed policy that nobody signed, or that somebody has replaced, judges nothing"],
    ],
  },
  {
    attack: "a scan that finds something is followed by none, or buried under an older good one",
    closed: "The newest word decides, and one of unknown time may be the newest.",
    tests: [
      [NEEDS, "a newer scan that finds something takes back an older one that did not (kyverno#3195)"],
      [DECIDE, "the newest decides where a later word takes back an earlier one, and any where it does not"],
    ],
  },
  {
    attack: "a listing is cut off, or one statement withheld, so that the bad word is not seen",
    closed: "The answer is unknown for what is not met, and for what a later word could take back.",
    tests: [
      [DECIDE, "what could not be seen leaves a requirement open that is not met, or that a later word could take back"],
      [NEEDS, "a statement that was listed and cannot be had leaves the answer open, and one that is only broken does not (kyverno#16036)"],
    ],
  },
  {
    attack: "a stranger blocks an image with broken bytes, or hides the good statement under thousands",
    closed: "Unparsable bytes block nothing, and strangers' statements cost nothing.",
    tests: [
      [DECIDE, "unparsable bytes prove nothing and block nothing"],
      ["tests/evidence/many.test.ts", "a good one is found wherever it stands, and strangers who are asked for nothing cost nothing"],
      ["tests/evidence/many.test.ts", "strangers who claim the scanner's certificate gain nothing but a look"],
    ],
  },
  {
    attack: "a child of an index is hidden by its labels",
    closed: "Whatever its labels say, a child runs unless all its layers are statements, nested ones too.",
    tests: [
      [NEEDS, "a child of an index runs unless all of its layers are statements, whatever it says of itself"],
      [CARRIERS, "each child of an index needs its own scan, nested ones and those that claim to run nowhere too"],
      [CARRIERS, "a child that cannot be read leaves the answer open"],
    ],
  },
  {
    attack: "a document is an index to one reader and an image to the next",
    closed: "Such a document is refused.",
    tests: [["src/registry/remote/store.test.ts", 'a document that can be read in two ways is refused: {"manifests":[]}']],
  },
  {
    attack: "a report of another image, or of none, is attested for this one",
    closed: "The first is refused; the second is an assertion, which the policy has to accept by name, and never of a scan.",
    tests: [
      [ATTEST, "a report of another image is refused, and one that names none is only asserted"],
      [ATTEST, "provenance of another image is refused, and what names none is its signer's own word"],
      [REQUIREMENTS, "a document that names no image counts only as the word of one whose word counts"],
    ],
  },
  {
    attack: "a tag is moved between two commands",
    closed: "Without a terminal a digest is wanted, and what was signed by tag says so.",
    tests: [
      ["tests/e2e/cli.test.ts", "without a terminal a tag is not signed, and the answer says how to name a digest"],
      ["tests/e2e/cli.test.ts", "--unsafe-tag is recorded in what is signed; on a terminal the digest is shown"],
    ],
  },
  {
    attack: "a stolen key signs as of yesterday",
    closed: "A signer's word about time is none for his own certificates, and the worse end counts where a time is proven.",
    tests: [
      ["src/checks/checks.test.ts", "time: a signer's certificates must be valid now, whatever he says about when"],
      ["src/policy/signature-view.test.ts", "the worse end of what is said and what is proven tells how old a signature is"],
      [VECTORS, "timestamp from before the leaf was valid (time/certificate-not-yet-valid)"],
    ],
  },
  {
    attack: "the clock is set back so that what has run out passes",
    closed: "A proven time that is still to come says that the clock is wrong, and nothing that rests on it is known.",
    tests: [[VECTORS, "timestamp from the time to come (time/clock-behind)"]],
  },
  {
    attack: "a timestamp is asked for anew, or replayed, long after",
    closed: "A signer takes the answer to his own request, within five minutes of it.",
    tests: [
      ["src/trust/timestamp-client.test.ts", "a token is kept within five minutes of request and answer, by our clock"],
      ["src/trust/timestamp-client.test.ts", "an answer for an earlier request is a replay"],
    ],
  },
  {
    attack: "a finding is excused by the one whose scan it is",
    closed: "Those whose VEX counts are named.",
    tests: [
      [NEEDS, "a finding is excused by those alone whose word the policy takes for it (GHSA-gg4x-fgg2-h9w9)"],
      [NEEDS, "VEX about another image of the same name excuses nothing here"],
      [REQUIREMENTS, "vex: the last word counts, and of two of one time, or of none, the worse"],
    ],
  },
  {
    attack: "a base is named that the image was not built on, or none",
    closed: "A base counts if its layers begin the image's, and passes its own gate; none named is a no.",
    tests: [
      [BASES, "an image that does not begin with the layers of a base that the policy lists has none"],
      [BASES, "no base named is no"],
      [BASES, "a base that cannot be asked for leaves the answer open"],
    ],
  },
  {
    attack: "an unsigned commit is slipped into the history, or left out of what is shown",
    closed: "Every commit that is reachable is asked for, and named by its own bytes.",
    tests: [
      [COMMITS, "are told by what is wrong with each"],
      [COMMITS, "pass only if by the whole history each that is asked about is signed, whatever was left out or added"],
      ["src/encoding/sha1.test.ts", "refuses either of two documents that collide, whatever follows"],
    ],
  },
  {
    attack: "an exception or an emergency is written into the policy to let everything pass",
    closed: "They name requirements, never checks of the engine, and each has to be signed by one who may, for one image.",
    tests: [
      [POLICY, "exceptions and break-glass that nobody has signed let nothing pass (CVE-2024-48921)"],
      [POLICY, "a threshold below one, and a check that nobody may leave out, are refused (CVE-2026-23992, GHSA-gg4x-fgg2-h9w9)"],
    ],
  },
  {
    attack: "an exception is stretched: to another image or gate, to the whole scan, past its end, or by two that help each other",
    closed: "It is for one thing in one image at one gate, until a moment that the policy bounds; each is weighed alone.",
    tests: [
      [EXCEPTED, "an exception of somebody who may not, or for another policy, product, place, gate or image, lets nothing pass"],
      [EXCEPTED, "an exception that is moved to another image is about the one that it names"],
      [EXCEPTED, "no exception stands in for a scan that is not there, is too old, or is signed by nobody who is asked"],
      ["src/policy/waivers/excepting.test.ts", "what several exceptions let pass, finding by finding, is what each lets pass alone"],
    ],
  },
  {
    attack: "the glass is broken to get around a rejection, or again and again by one person",
    closed: "A rejection stands; another person has to do it within 30 days, and somebody else to approve it afterwards.",
    tests: [
      [EXCEPTED, "a rejection stands, whoever breaks the glass"],
      [
        "src/policy/waivers/find.test.ts",
        "the same person breaks the glass once in 30 days: another one has to, and a copy of the first is no second",
      ],
      [
        "src/policy/waivers/find.test.ts",
        "afterwards another person approves this very break-glass, at this gate, and does not take it back",
      ],
    ],
  },
  {
    attack: "a signed summary says PASSED",
    closed: "Nobody's summary is taken in place of the evidence.",
    tests: [[POLICY, "a summary of a verification that somebody signed stands in for no need"]],
  },
  {
    attack: "an expression is written that takes for ever, or reaches out",
    closed: "It is refused or cut short, and sees nothing but its values.",
    tests: [
      ["src/policy/cel/language.test.ts", "is refused: open(predicate.text)"],
      ["src/policy/cel/language.test.ts", "is cut short: predicate.many.all(x, predicate.many.all(y, true))"],
      [POLICY, "no pattern of an expression takes longer than its text is long (CVE-2023-7279)"],
    ],
  },
  {
    attack: "the fewest who could open a gate are more than they seem, or fewer",
    closed: "They are found by symbols, and by trying every set, and are the same.",
    tests: [
      ["src/policy/countersign/who-can.test.ts", "the fewest, with and without issuers, are those that trying every set of actors finds"],
    ],
  },
];
