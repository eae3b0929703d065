/**
 * Advisories and weaknesses of other tools: what went wrong there, what is done here, and the tests that show it. What
 * belongs to a part that is not built yet says which, so that nothing is missing in silence.
 */

/** A test by its file and its whole name. */
export type TestName = readonly [file: string, name: string];

/** Parts of Countersign that are still to come. */
type Later = "admission" | "approvals" | "keyless" | "node" | "promotion" | "revocation";

export interface Advisory {
  readonly ids: readonly string[];
  /** Where it went wrong. */
  readonly at: string;
  readonly wrong: string;
  readonly ours: string;
  readonly tests: readonly TestName[];
  readonly later?: Later;
}

const EVIDENCE = "tests/advisories/evidence.test.ts";
const EXCEPTED = "tests/evidence/exceptions.test.ts";
const NEEDS = "tests/advisories/needs.test.ts";
const POLICY = "tests/advisories/policy.test.ts";
const TIME = "tests/advisories/time.test.ts";
const SUMMARIES = "tests/evidence/summaries.test.ts";
const VECTORS = "tests/vectors/vectors.test.ts";
const BUNDLES = "src/formats/sigstore-bundle/format.test.ts";
const FAULTS = "src/policy/countersign/faults.test.ts";
const FLOOR = "tests/e2e/policy-floor.test.ts";
const BARE_KEY = "src/checks/bare-key.test.ts";
const REQUIREMENTS = "src/policy/countersign/requirements.test.ts";
const AUTH = "src/registry/remote/auth.test.ts";
const STORE = "src/registry/remote/store.test.ts";
const REFERRERS = "src/registry/remote/referrers.test.ts";
const FIND_IMAGES = "src/workloads/find-images.test.ts";

const MOVED_BUNDLE: TestName = [EVIDENCE, "a bundle of another image, moved here, counts for nothing (CVE-2026-22703)"];
const MOVED_STATEMENT: TestName = [
  EVIDENCE,
  "an attached statement that is moved loses its signature, and takes no other's along (CVE-2022-36056)",
];
const WRONG_TYPE: TestName = [
  EVIDENCE,
  "a valid statement of another type counts for nothing, in any carrier, whatever the manifest claims (CVE-2022-35929)",
];
const TWICE: TestName = [
  EVIDENCE,
  "one who signs twice, in two formats and with two identities, is one of the two that are asked for (CVE-2026-49834)",
];
const ENVELOPE: TestName = [
  EVIDENCE,
  "a signed envelope with another type of payload, or a second signature, is no success (CVE-2026-39395)",
];
const WINDOWS: readonly TestName[] = ["no timestamps", "always", "afterCertExpiry"].flatMap((way): readonly TestName[] => [
  [TIME, `windows of the whole chain, with a good timestamp and without: ${way} (CVE-2026-24122)`],
  [TIME, `windows of the clock's own certificates: ${way} (CVE-2026-54787)`],
]);
const OLDER_POLICY: readonly TestName[] = [
  [FLOOR, "two documents of one version: the one that was seen first holds, and so does all that follows it"],
  ["src/policy/floor.test.ts", "after version 5 was seen, an older one is policy/rolled-back"],
  [
    "src/trust/policy-floors.test.ts",
    "a writer that is killed at any change of a file leaves the floor before, or the one after, and the next one goes on at once",
  ],
];
const HOSTILE: TestName = [
  "tests/faults/hostile.test.ts",
  "a hostile registry gets no wrong answer, and no more memory than the bounds allow",
];
const ANSWERS_TWICE: TestName = [
  POLICY,
  "a registry that answers otherwise each time is asked for a tag once; what is pinned is what was judged (CVE-2022-47633)",
];
const UNKNOWN_FIELD: TestName = [
  POLICY,
  "a field that is not known is refused wherever it stands, in each object of a policy that has all of them (CVE-2025-29778)",
];
const PLACES: TestName = [
  POLICY,
  "host and path of a repository are matched whole: nothing around a product's place is the product (CVE-2026-25542)",
];
const EXCEPTIONS: TestName = [POLICY, "exceptions and break-glass that nobody has signed let nothing pass (CVE-2024-48921)"];
const THRESHOLD: TestName = [
  POLICY,
  "a threshold below one, and a check that nobody may leave out, are refused (CVE-2026-23992, GHSA-gg4x-fgg2-h9w9)",
];
const UNSIGNED_WORDS: TestName = [
  POLICY,
  "what a manifest or listing says of itself, unsigned, makes no signature one of another product (kyverno#16336)",
];
const REALM: TestName = [AUTH, "the password goes to no realm that the registry merely names"];
const BOUNDS: readonly TestName[] = [
  ["tests/evidence/many.test.ts", "a good one is found wherever it stands, and strangers who are asked for nothing cost nothing"],
  ["src/judging/examine-all.test.ts", "listed sizes are claims: phantoms that claim the trusted certificate cannot spend the budget"],
  [VECTORS, "listing of more entries than any (listing/cut-off)"],
  HOSTILE,
];

export const ADVISORIES: readonly Advisory[] = [
  {
    ids: ["CVE-2022-47633"],
    at: "Kyverno",
    wrong: "The registry was asked again between the check and the pin, and could answer with another image.",
    ours: "A tag is resolved once; what is pinned is the digest of the bytes that were judged.",
    tests: [ANSWERS_TWICE, ["tests/faults/hostile.test.ts", "a question is asked once, so that a registry cannot give it two answers"]],
  },
  {
    ids: ["CVE-2023-47630"],
    at: "Kyverno",
    wrong: "A digest that nobody had checked was taken from what the registry said.",
    ours: "With tag and digest the digest decides, and bytes or headers that do not fit it are a no.",
    tests: [
      ["src/core/reference.test.ts", "with a tag and a digest, both are kept and pinning leaves the digest"],
      [VECTORS, "other digest in the header for the image (integrity/digest-mismatch)"],
      [VECTORS, "other bytes for the image (integrity/digest-mismatch)"],
    ],
  },
  {
    ids: ["CVE-2025-29778"],
    at: "Kyverno",
    wrong: "Two fields of a policy were read and never looked at, so that any signer passed.",
    ours: "Unknown fields refuse the policy, and each known one changes an answer of the mutation runner.",
    tests: [
      UNKNOWN_FIELD,
      ["tests/policy/mutations.test.ts", "the fixtures have every field of a policy between them, but for those that say why not"],
    ],
  },
  {
    ids: ["CVE-2025-46342"],
    at: "Kyverno",
    wrong: 'An error while finding out whether a rule applies was taken for "it does not".',
    ours: "What tells which policy and gate judge must be readable, or nothing is judged.",
    tests: [
      [
        FLOOR,
        "a floor that cannot be read is set up wrongly, and never passed over; one that cannot be written is told, and keeps nobody from reading",
      ],
      ["tests/e2e/which-policy.test.ts", "a broken verifier.yaml is told with its place, and not written over"],
      [
        "src/cli/verify-manifests.test.ts",
        "an image without a gate is told with the reason and its places, the others are judged, and that is no yes",
      ],
    ],
    later: "admission",
  },
  {
    ids: ["CVE-2024-48921", "GHSA-gg4x-fgg2-h9w9"],
    at: "Kyverno",
    wrong: "Exceptions counted wherever they were made, and two of them together let everything pass.",
    ours: "Who may except what is in the policy; each exception is for one thing in one image at one gate, and two let pass what each does alone. No check of the engine can be excepted.",
    tests: [
      EXCEPTIONS,
      THRESHOLD,
      [NEEDS, "a finding is excused by those alone whose word the policy takes for it (GHSA-gg4x-fgg2-h9w9)"],
      [EXCEPTED, "an exception of somebody who may not, or for another policy, product, place, gate or image, lets nothing pass"],
      [EXCEPTED, "two findings need two exceptions, each alone lets none pass, and one that was not needed is not told"],
      ["src/policy/waivers/excepting.test.ts", "what several exceptions let pass, finding by finding, is what each lets pass alone"],
      ["src/policy/waivers/apply.test.ts", "two let pass what each does alone"],
    ],
  },
  {
    ids: ["CVE-2023-34091"],
    at: "Kyverno",
    wrong: "Objects that were being deleted were not judged.",
    ours: "An object's state exempts nothing.",
    tests: [],
    later: "admission",
  },
  {
    ids: ["kyverno#16336"],
    at: "Kyverno",
    wrong: "The judge believed an annotation that anyone could write.",
    ours: "Only what is signed is believed; labels and annotations of manifests and listings change no answer.",
    tests: [
      UNSIGNED_WORDS,
      WRONG_TYPE,
      [NEEDS, "a child of an index runs unless all of its layers are statements, whatever it says of itself"],
    ],
  },
  {
    ids: ["kyverno#16275", "kyverno#16947", "CVE-2023-2727"],
    at: "Kyverno, Kubernetes",
    wrong: "Containers that were added for debugging were not judged.",
    ours: "Every place of an object in which an image can stand is looked at.",
    tests: [
      [FIND_IMAGES, "every image of every known kind is found, in any of the four places, alone and in lists"],
      [FIND_IMAGES, "JSON, lists in lists, items that do not say their kind, and containers that were added to debug"],
    ],
    later: "admission",
  },
  {
    ids: [
      "CVE-2023-42813",
      "CVE-2023-42816",
      "CVE-2023-46737",
      "CVE-2024-29902",
      "CVE-2024-29903",
      "CVE-2023-33957",
      "CVE-2023-33958",
      "CVE-2024-45395",
    ],
    at: "Kyverno, cosign, notation, sigstore-go",
    wrong: "Manifests, signatures and lists of a stranger's were read without any bound.",
    ours: "Sizes, numbers, depth, bytes and time of all of it are bounded, and what a stranger adds hides no good signature.",
    tests: [
      ...BOUNDS,
      [VECTORS, "listing of a million numbers (listing/cut-off)"],
      [VECTORS, "envelope that claims to be larger than any (integrity/too-large)"],
      [BUNDLES, "refuses 33 log entries (CVE-2024-45395)"],
      [BUNDLES, "refuses 33 timestamps (CVE-2024-45395)"],
      [BUNDLES, "refuses 1025 subjects (CVE-2024-45395)"],
      [REFERRERS, "pages that go in a circle, or on for ever, end"],
    ],
  },
  {
    ids: ["CVE-2026-22039", "CVE-2026-41068", "CVE-2026-4789", "CVE-2026-41323", "CVE-2026-40868"],
    at: "Kyverno",
    wrong: "Expressions in policies could ask the network, read other namespaces, and send tokens away.",
    ours: "An expression sees the values that it is given, calls nothing that reaches out, and costs no more than a bound.",
    tests: [
      ["src/policy/cel/language.test.ts", "is refused: open(predicate.text)"],
      ["src/policy/cel/language.test.ts", "is cut short: predicate.many.all(x, predicate.many.all(y, true))"],
      ["tests/architecture.test.ts", "rooms that hold meaning do no input or output of their own"],
      REALM,
    ],
  },
  {
    ids: ["CVE-2022-35930", "CVE-2022-35929"],
    at: "policy-controller, cosign",
    wrong: "A valid statement of another type satisfied a policy, or one that asked for a statement without a rule asked for nothing.",
    ours: "Only statements of the type that is asked for count, by those who are asked, and none of them is a no.",
    tests: [
      WRONG_TYPE,
      [EVIDENCE, "an attestation that is asked for without an expression is still asked for, of its type and signer (CVE-2022-35930)"],
      [POLICY, "an approval that is asked for and cannot be read yet is no approval (CVE-2022-35930)"],
      [REQUIREMENTS, "a statement of another kind counts for nothing"],
    ],
  },
  {
    ids: ["CVE-2025-25204"],
    at: "gh",
    wrong: "Where an image had no attestation at all, verifying ended in success.",
    ours: "An empty set is a no for every kind of need, and no exit code of 0.",
    tests: [
      [EVIDENCE, "no evidence at all is a no for every kind of need, and never an empty yes (CVE-2025-25204)"],
      ["tests/e2e/cli.test.ts", "an unsigned image is denied with exit 1, and the text says what to do"],
      ["src/policy/decide.test.ts", "a pass needs all, and nothing asked is no pass"],
      [
        "src/cli/verify-manifests.test.ts",
        "nothing to judge is no yes: an empty folder, no folder, an empty stdin, a file that is too large",
      ],
    ],
  },
  {
    ids: ["CVE-2026-39395"],
    at: "cosign",
    wrong: "A payload that could not be parsed, or of another type, was taken for a success.",
    ours: "What cannot be read proves nothing, in each carrier, and blocks nothing that others say.",
    tests: [
      ...[
        "no bytes that are JSON",
        "bytes after the JSON",
        "a byte order mark",
        "what is not UTF-8",
        "a predicate type twice",
        "a list",
        "no type of statement",
        "another type of statement",
        "no predicate type",
        "a predicate type that is a list",
        "no subject",
        "a subject that is null",
        "a predicate that is a list",
      ].map((what): TestName => [EVIDENCE, `a signed statement that is malformed is no success: ${what} (CVE-2026-39395)`]),
      ENVELOPE,
      [EVIDENCE, "the good twin of all malformed ones passes in each carrier"],
    ],
  },
  {
    ids: ["CVE-2026-22703", "CVE-2022-36056", "CVE-2022-23649", "CVE-2024-51746"],
    at: "cosign, gitsign",
    wrong: "What proves the time or the log entry of one signature was accepted beside another.",
    ours: "A timestamp is over the value of the very signature; log entries prove nothing yet; a bundle is about the image that it names.",
    tests: [
      MOVED_BUNDLE,
      MOVED_STATEMENT,
      [VECTORS, "timestamp of something else (time/timestamp-other)"],
      [BARE_KEY, "log entries that are not looked at are told"],
    ],
    later: "keyless",
  },
  {
    ids: ["CVE-2026-24122", "CVE-2026-54787", "CVE-2026-39984"],
    at: "cosign, sigstore-go, timestamp-authority",
    wrong: "Intermediates that had run out, windows of keys, and the authority's own chain were not looked at.",
    ours: "The whole chain counts at both ends of what is proven, the clock's own too, and one certificate answers every question about a token.",
    tests: [
      ...WINDOWS,
      [TIME, "the chain that outlives its intermediate is refused, and one that a timestamp proves is not (CVE-2026-24122)"],
      [VECTORS, "timestamp that names a certificate beside its signer's (time/timestamp-invalid)"],
      [
        "src/pki/timestamp/token-writer.test.ts",
        "a certificate of the same key under the same name is not taken for the one that signed (CVE-2026-39984)",
      ],
    ],
  },
  {
    ids: ["CVE-2026-49834", "connaisseur#2150"],
    at: "sigstore-go, Connaisseur",
    wrong: "Signatures and entries were counted, so that one key or log met a threshold alone.",
    ours: "People and machines are counted, whatever they sign with; no identity can be two of them.",
    tests: [
      TWICE,
      [FAULTS, "refused with its place: one identity on two persons"],
      [FAULTS, "refused with its place: one key on two machines"],
      [BARE_KEY, "one key for two members can be counted for neither"],
      ["src/policy/decide.test.ts", "people are counted, never signatures; a signature of somebody who is not asked changes nothing"],
    ],
  },
  {
    ids: ["CVE-2023-33959", "CVE-2024-23332"],
    at: "notation",
    wrong: "A registry answered with another artifact, or an older one, that was validly signed.",
    ours: "What a manifest refers to is held against what was asked; old policies are remembered, old signatures and evidence have an age.",
    tests: [
      [NEEDS, "what a listing hands out for an image is held against what it refers to by itself (CVE-2023-33959)"],
      [NEEDS, "a scan that is too old, or of a time to come, is not fresh, and neither is its database (neuvector#1870)"],
      ["src/policy/signature-view.test.ts", "the worse end of what is said and what is proven tells how old a signature is"],
      ...OLDER_POLICY,
      HOSTILE,
    ],
  },
  {
    ids: ["CVE-2025-27403", "GHSA-9m43-p3cx-w8j5", "CVE-2026-48978"],
    at: "Ratify, malcontent, oras-go",
    wrong: "Credentials went to whichever host a registry or an image named.",
    ours: "Credentials go to the host that they are bound to; a token server elsewhere must have been agreed to.",
    tests: [
      REALM,
      [
        "src/registry/remote/credentials.test.ts",
        "credentials are looked for when the registry asks, and not before; for each repository its own",
      ],
      ["src/registry/credentials/stored.test.ts", "token servers that were agreed to: for one registry each, until it is forgotten"],
    ],
  },
  {
    ids: ["CVE-2023-7279"],
    at: "Connaisseur",
    wrong: "A pattern took longer than anyone waits for on a text that was made for it.",
    ours: "Patterns are run by an engine whose time grows with the text, and are charged for; identities have none.",
    tests: [
      [POLICY, "no pattern of an expression takes longer than its text is long (CVE-2023-7279)"],
      ["src/policy/cel/language.test.ts", 'is cut short: predicate.many.all(x, predicate.long.matches("^(a+)+$"))'],
    ],
  },
  {
    ids: ["portieris 0.14.2", "CVE-2026-25542"],
    at: "Portieris, Tekton pipelines",
    wrong: "A pattern that was not anchored matched the name of another's host.",
    ours: "Host and path are compared whole, segment by segment.",
    tests: [
      PLACES,
      [POLICY, "a name of a key, host or mail that is wider than one is refused"],
      ["src/policy/notary/document.test.ts", "an exact scope wins over *, and no scope matches a prefix of another repository"],
    ],
  },
  {
    ids: ["portieris: owner references"],
    at: "Portieris",
    wrong: "Whatever said that it belonged to a known kind of object passed.",
    ours: "An object's owner exempts nothing.",
    tests: [],
    later: "admission",
  },
  {
    ids: ["portieris 0.14.0"],
    at: "Portieris",
    wrong: "Workloads of no replicas were not judged, and scaled up later.",
    ours: "What is in an object is judged, however often it runs.",
    tests: [],
    later: "admission",
  },
  {
    ids: ["CVE-2023-37264", "GHSA-p78q-4hg7-2hfp", "chains#484"],
    at: "Tekton pipelines, Tekton Chains",
    wrong: "Provenance told of runs that tenants could shape, or that had failed.",
    ours: "Builder, build type, source and ref are compared exactly, no other source may be among them, and parameters can be asked about.",
    tests: [
      [REQUIREMENTS, "provenance: builder and build type are compared exactly, and what is not said does not count"],
      [REQUIREMENTS, "provenance: the source is that of the product, alone, and at the ref"],
      [NEEDS, "parameters of a build that nobody expects can be refused (CVE-2023-37264)"],
      [
        "src/statements/predicates/provenance.test.ts",
        "Tekton's configuration may come from a catalogue, so that its git materials are the sources",
      ],
    ],
  },
  {
    ids: ["GHSA-r2xv-vpr2-42m9"],
    at: "slsa-verifier",
    wrong: "Of two statements that belong together one was not held against the subject.",
    ours: "Each statement is held against the image by itself.",
    tests: [
      [EVIDENCE, "a statement about another image counts for nothing, though one who is asked has signed its artifact"],
      [BARE_KEY, "a statement is about any of its subjects, by the digest of the image's own kind"],
    ],
  },
  {
    ids: ["CVE-2021-41087", "GHSA-pmwq-pjrm-6p5r"],
    at: "in-toto-golang",
    wrong: "Patterns of paths meant one thing to one implementation and another to the next.",
    ours: "There are variables and no patterns; what they match is filled in to the same text, whatever it is.",
    tests: [
      ["src/policy/countersign/template.test.ts", "what is filled in is what is matched, and what is matched fills in to the same text"],
      ["src/policy/countersign/template.test.ts", "a value never leaves its segment, and holds nothing that means more than itself"],
    ],
  },
  {
    ids: ["CVE-2025-62375"],
    at: "go-witness",
    wrong: "A document of identity was accepted that had not been checked in all its parts.",
    ours: "A signer is known by the whole subject, a name or a fingerprint, and only under the anchor that the policy names.",
    tests: [
      [VECTORS, "a part of the signer's subject (identity/not-asked)"],
      [VECTORS, "a subject with a name too many (identity/not-asked)"],
      [NEEDS, "a certificate that says less of its owner than the policy does is another's"],
      [NEEDS, "a name is only that person's under the root that the policy names"],
      [FAULTS, "refused with its place: a bare mail"],
    ],
    later: "keyless",
  },
  {
    ids: ["CVE-2026-44544", "CVE-2022-29173"],
    at: "gittuf, go-tuf",
    wrong: "An older policy, validly signed, took the place of a newer one.",
    ours: "Each machine remembers the newest version that it has seen, over restarts; a verdict of others is taken only by today's version.",
    tests: [
      ...OLDER_POLICY,
      [SUMMARIES, "a verdict is not taken that is from an older policy (CVE-2026-44544)"],
      [POLICY, "a summary of a verification that somebody signed stands in for no need"],
    ],
  },
  {
    ids: ["CVE-2023-38495", "GHSA-wfqx-gjrf-g28r"],
    at: "Crossplane",
    wrong: "The tag was resolved again after the check.",
    ours: "What was judged is named by its digest from then on; copies are held to it.",
    tests: [ANSWERS_TWICE, ["src/copy.test.ts", "a digest at the destination must be the image's"]],
    later: "promotion",
  },
  {
    ids: ["CVE-2026-44309", "CVE-2026-44310"],
    at: "gitsign",
    wrong: "A mended copy of a commit was verified instead of the commit, and a crash ended with exit 0.",
    ours: "Bytes are verified as received, and whatever is thrown is an exit code that is not 0.",
    tests: [
      [
        "src/encoding/git-object.test.ts",
        "is signed over its own bytes without the header of the signature, and nothing else is taken out or mended (CVE-2026-44309)",
      ],
      [BUNDLES, "the bytes that are verified are those received"],
      ["src/cli/main.test.ts", "whatever is thrown is an exit code that is not 0"],
    ],
  },
  {
    ids: ["CVE-2024-3727"],
    at: "containers/image",
    wrong: "Texts that were no digests became parts of paths and URLs.",
    ours: "A digest is one by its grammar before it is anything else.",
    tests: [
      ["src/core/words.test.ts", "digests"],
      ["src/core/reference.test.ts", "a digest that is none is refused with why, and a way to one"],
      [VECTORS, "artifact with an upper-case digest (descriptor/invalid)"],
      [VECTORS, "layer with a digest of an unknown algorithm (descriptor/invalid)"],
    ],
  },
  {
    ids: ["harbor: signed by presence"],
    at: "Harbor",
    wrong: "An image counted as signed if anything that looked like a signature hung on it.",
    ours: "Only a signature that was verified counts, of somebody who is asked.",
    tests: [
      [VECTORS, "manifest of another artifact, listed as a signature (manifest/not-a-signature)"],
      ["src/policy/decide.test.ts", "nothing shown is not success"],
      ["src/policy/decide-evidence.test.ts", "unparsable bytes prove nothing and block nothing"],
    ],
  },
  {
    ids: ["ratify: sample template", "conforma: IV-3"],
    at: "Ratify, Conforma",
    wrong: "What was not there at all was taken for false, and so passed.",
    ours: "What cannot be found out is neither true nor false, and no yes.",
    tests: [
      [POLICY, "a member that is missing, or of another kind, makes no expression true by its absence"],
      [REQUIREMENTS, "attestation: what the expression asks must hold, and what cannot be found out does not"],
      [REQUIREMENTS, "rules: they hold at their gate and for those that come after, and a fault in one is no yes"],
    ],
  },
  {
    ids: ["kyverno#17473", "kyverno-policies#1530"],
    at: "Kyverno",
    wrong: "One way in honoured an exception's end and scope, and another did not.",
    ours: "One engine answers for all ways in, and looks up exceptions in one place; a second, slow one is held against it.",
    tests: [
      ["tests/policy/one-evaluator.test.ts", "the engine answers what the slow evaluator answers"],
      ["tests/policy/one-evaluator-exceptions.test.ts", "exceptions: the engine answers what the slow evaluator answers"],
      ["tests/e2e/except.test.ts", "an exception that has ended, or is of a policy that has changed since, counts by no door"],
      EXCEPTIONS,
    ],
  },
  {
    ids: ["conforma: CA-2", "conforma: CA-3", "conforma: CA-6"],
    at: "Conforma",
    wrong: "Options that relax the check left no trace in the report, and a forged summary could stand in for it.",
    ours: "What counted only because a check is relaxed is told in the verdict; a summary is taken from those alone whom the verifier names, for the very image, place and policy.",
    tests: [
      [POLICY, "what counts only because the policy looks away is told in the verdict"],
      ...[
        "nobody's verdict stands in for anything, unless the verifier says whose",
        "a verdict is not taken that names another resource (Conforma CA-6)",
        "whoever is asked at the gate gives no verdict on it, by whatever they are known",
      ].map((name): TestName => [SUMMARIES, name]),
      [POLICY, "a summary of a verification that somebody signed stands in for no need"],
      ["tests/e2e/cli.test.ts", "--unsafe-tag is recorded in what is signed; on a terminal the digest is shown"],
      [FLOOR, "whoever looks at an older policy, or asks about another time, is told; neither is remembered"],
    ],
  },
  {
    ids: ["containerd: the verifier that is not called"],
    at: "containerd",
    wrong: "With ordinary settings images were pulled past the verifier, without a word.",
    ours: "The settings are looked at.",
    tests: [],
    later: "node",
  },
  {
    ids: ["GHSA-fx35-mq7g-6g98"],
    at: "cosign",
    wrong: "A public key that lay in the bundle became the one to verify with.",
    ours: "A bundle has room for a hint at a key, which only chooses among those of the policy.",
    tests: [
      [BUNDLES, "refuses a bare public key in place of the hint (GHSA-fx35-mq7g-6g98)"],
      [BUNDLES, "refuses a bare public key beside the hint (GHSA-fx35-mq7g-6g98)"],
      [BARE_KEY, "the hint chooses among the policy's keys and nothing else: it brings no key, and hides none"],
    ],
  },
  {
    ids: ["sigstore-js#1657"],
    at: "sigstore-js",
    wrong: "Lengths in what is signed counted characters and not bytes.",
    ours: "They count bytes, and the type of the payload is the one that is known.",
    tests: [
      ["src/encoding/dsse.test.ts", "the bytes that are signed count bytes, not characters"],
      [BUNDLES, "refuses a type of payload that is not ASCII (sigstore-js#1657)"],
    ],
  },
  {
    ids: ["CVE-2023-47122"],
    at: "gitsign",
    wrong: "The keys of the log were fetched from the log.",
    ours: "No anchor comes from what is judged, or from whom is asked.",
    tests: [
      ["src/server/timestamp/authority.test.ts", "its certificates can be had, the root too, and say nothing of trust"],
      [VECTORS, "timestamp of an authority that nobody trusts (time/timestamp-untrusted)"],
    ],
  },
  {
    ids: ["timestamp-authority#1405", "timestamp-authority#1389", "timestamp-authority#1416"],
    at: "timestamp-authority",
    wrong: "A token without the nonce, for several purposes, or by an authority's own certificate was accepted.",
    ours: "Each is refused.",
    tests: [
      ["src/trust/timestamp-client.test.ts", "an answer for an earlier request is a replay"],
      [VECTORS, "clock with a second purpose (time/timestamp-authority)"],
      [VECTORS, "clock that is an authority itself (time/timestamp-authority)"],
    ],
  },
  {
    ids: ["CVE-2026-23992"],
    at: "go-tuf",
    wrong: "A threshold of none was accepted, and met by nobody.",
    ours: "A threshold is at least one, and no more than there are people.",
    tests: [THRESHOLD],
  },
  {
    ids: ["CVE-2023-25656", "CVE-2025-30204"],
    at: "notation-go, golang-jwt",
    wrong: "A name in a certificate, or a text full of dots, took memory without bound.",
    ours: "Lengths are held against what is there before anything is taken apart.",
    tests: [
      [VECTORS, "name with a value that claims four gigabytes (der/truncated)"],
      [VECTORS, "subject with =# in it (identity/unmatchable)"],
      ["src/formats/notary-jws/format.test.ts", "megabytes of dots in any field are refused, and larger envelopes unread"],
    ],
  },
  {
    ids: ["CVE-2024-56138", "CVE-2024-51491"],
    at: "notation",
    wrong: "A revoked authority's timestamp was accepted, and a cache that failed ended verification.",
    ours: "What could be revoked and was not asked about is not known to be good.",
    tests: [
      [VECTORS, "timestamp of an authority that could be revoked (time/authority-unchecked)"],
      [VECTORS, "leaf that could be revoked by list (revocation/unchecked)"],
    ],
    later: "revocation",
  },
  {
    ids: ["CVE-2026-50151", "GHSA-vh4v-2xq2-g5cg", "GHSA-h7vf-4x9w-h99v"],
    at: "oras-go",
    wrong: "Credentials followed a redirect or an upload to another host, and a list went on anywhere.",
    ours: "Nothing is sent to another origin, and no list goes on there.",
    tests: [
      [STORE, "an upload to another origin is refused, and nothing is sent there"],
      [STORE, "a blob is fetched from where it is redirected to, without credentials"],
      [REFERRERS, "a next page on another host is not asked for"],
    ],
  },
  {
    ids: ["CVE-2021-41190"],
    at: "OCI image specification",
    wrong: "One document was an index to one reader and an image to another.",
    ours: "Such a document is refused, and what an index says of a child must be what the child is.",
    tests: [[STORE, 'a document that can be read in two ways is refused: {"manifests":[]}']],
  },
];
