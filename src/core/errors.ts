/** Errors: the job could not be done. Every code is in one table, from which docs/errors.md is made. */

export type ExitCode = 0 | 1 | 2 | 3 | 4;

interface ErrorRow {
  readonly summary: string;
  readonly remedy: string;
  readonly exit: ExitCode;
  readonly http: number;
}

/** Code -> exit code, HTTP status, summary, remedy. Literal, so that declarations need no inference. */
export const ERRORS = {
  // asked wrongly
  "usage/invalid": [2, 400, "The command line is not one that Countersign knows", "countersign help COMMAND"],
  "usage/digest-wanted": [
    2,
    400,
    "Without a terminal, writing wants a digest, because a tag can move between two commands",
    "`countersign tree REF` shows the digest; then countersign sign REF@sha256:… (or --digest-from FILE, or --unsafe-tag)",
  ],
  "usage/gate-wanted": [
    2,
    400,
    "The policy has several gates for the image, or none of the name that was given",
    "verify REF --gate NAME; `countersign policy explain REF` shows the gates",
  ],
  "reference/invalid": [
    2,
    400,
    "The text is not a reference",
    "registry.example/repository:tag, or @sha256:…, or oci:DIR:tag, or oci-archive:FILE:tag",
  ],
  "reference/invalid-digest": [2, 400, "The text is not a digest", "sha256: and 64 lower-case hex digits"],
  "file/not-found": [2, 400, "A file that was named is not there", "check the path"],
  "file/unreadable": [2, 400, "A file could not be read, or is not of the kind expected", "check what it holds, and who may read it"],
  "file/exists": [2, 409, "A file is already there and was left alone", "choose another name, or remove what is there"],
  "document/unknown": [
    2,
    400,
    "The document is of no kind that Countersign recognises",
    "give one of those that docs/evidence.md names, in JSON where the tool has a choice",
  ],
  "document/invalid": [2, 400, "The document is broken, cut off or ambiguous", "have the tool write it again, whole"],
  "document/other-subject": [
    2,
    400,
    "The document is about another image",
    "attest the image that it names, or have the tool look at this one (--run runs it)",
  ],
  "document/tool-failed": [4, 502, "The tool that was to make the document failed", "run it by itself, and look at what it says"],
  // set up wrongly
  "policy/none": [
    3,
    500,
    "No policy says what to ask of this image",
    "countersign policy init [REPOSITORY] (or countersign policy import trustpolicy.json, or verify with --trust-store and --trusted-identity)",
  ],
  "policy/invalid": [3, 500, "The policy cannot be used as it stands", "correct it, then: countersign policy check FILE"],
  "policy/unsigned": [
    3,
    500,
    "The policy is not signed by those who may sign policies, or nobody says who may",
    "roles.policySigners in verifier.yaml says whose signatures count",
  ],
  "policy/not-a-signer": [
    3,
    500,
    "The key is of nobody who may sign policies",
    "sign with a key of those whom roles.policySigners in verifier.yaml names",
  ],
  "policy/rolled-back": [
    3,
    409,
    "A newer version of the signed policy has been seen on this machine",
    "find out who has put the older one there; `countersign policy show --policy oci://… --history` shows the versions",
  ],
  "policy/forked": [
    3,
    409,
    "Two documents are the same version of a signed policy, or one that does not follow the version that was seen here",
    "ask the policy signers which of the two holds, and have the next version signed upon it",
  ],
  "policy/overtaken": [
    3,
    409,
    "Somebody else has moved the policy's tag meanwhile",
    "`countersign policy diff` shows what differs; sign what is missing as the next version",
  ],
  "policy/changed": [3, 500, "The policy is another than the one that was pinned", "look at what it allows: countersign policy trust FILE"],
  "policy/unpinned": [
    3,
    500,
    "What others will believe cannot rest on a policy that is neither signed nor pinned",
    "look at what it allows, and pin it: countersign policy trust FILE",
  ],
  "policy/no-chain": [
    3,
    500,
    "With which version the policy began is not known, so that nothing can be said in its name",
    "countersign policy trust FILE --first DIGEST, the digest of its first version",
  ],
  "approval/not-asked": [2, 400, "The gate asks for no approvals", "`countersign policy explain REF` shows what the gates ask for"],
  "approval/not-a-member": [
    3,
    403,
    "The key is of nobody whom the gate asks for approval",
    "sign with a key of somebody whom it asks: --key NAME from `countersign key list`",
  ],
  "approval/barred": [
    3,
    403,
    "The policy does not count this person's approval of this image",
    "let somebody else approve; the message says who still can",
  ],
  "exception/not-allowed": [
    3,
    403,
    "The policy would not count this exception",
    "`countersign policy explain REF` shows what may be excepted, by whom and for how long",
  ],
  "exception/not-a-member": [
    3,
    403,
    "The key is of nobody whom the policy lets make exceptions",
    "sign with a key of somebody whom it lets: --key NAME from `countersign key list`",
  ],
  "promotion/not-a-promoter": [
    3,
    403,
    "The key is of nobody whose records of promotions count",
    "sign with a key of those whom roles.promoters in verifier.yaml names: --key NAME from `countersign key list`",
  ],
  "promotion/older": [
    3,
    409,
    "The image was signed before the one that has the tag now, and the policy does not allow to go back",
    "promote a newer one; or allow it: rollback: true at the gate",
  ],
  "promotion/wrong-place": [
    2,
    400,
    "The destination is not the product's place for the gate",
    "`countersign policy explain REF` shows the places of a product",
  ],
  "deploy/no-gate": [
    3,
    500,
    "Nothing says which gate judges an image where it is about to run",
    "--gate NAME; or a row for its namespace under deploy: in verifier.yaml, and --cluster NAME",
  ],
  "trust/store-missing": [3, 500, "A trust store that the policy names is not there", "countersign trust add TYPE:NAME ROOTFILE"],
  "trust/store-empty": [3, 500, "A trust store holds no certificate", "countersign trust add TYPE:NAME ROOTFILE"],
  "trust/store-invalid": [3, 500, "A trust store holds something that it must not", "countersign trust show TYPE:NAME"],
  "key/not-found": [3, 500, "The key is not there", "countersign key list"],
  "key/invalid": [3, 500, "The key cannot be read or cannot sign", "countersign key list"],
  "key/passphrase": [
    3,
    500,
    "The key is encrypted and the passphrase is missing or wrong",
    "set COUNTERSIGN_PASSPHRASE, or run at a terminal",
  ],
  "key/certificate": [3, 500, "The certificate does not fit the key or the profile", "countersign cert show FILE"],
  "config/invalid": [3, 500, "The configuration cannot be read or written", "check who may read and write it"],
  "registry/unauthorized": [
    3,
    401,
    "The registry wants credentials, or refused those given",
    "`countersign login HOST`, or set COUNTERSIGN_REGISTRY_USERNAME and COUNTERSIGN_REGISTRY_PASSWORD, or --username with --password-stdin",
  ],
  "registry/credentials": [
    3,
    500,
    "Stored registry credentials could not be read, or could not be kept",
    "correct the file or the helper that is named; docs/credentials.md says which are asked",
  ],
  "registry/forbidden": [3, 403, "The registry does not allow this", "ask whoever runs the registry for access to the repository"],
  "timestamp/unavailable": [
    4,
    502,
    "No timestamp authority gave a token that can be used; nothing was signed",
    "name another with --timestamp-url, and its root with --timestamp-root; or sign without a timestamp",
  ],
  "server/listen": [3, 500, "The server cannot listen where it is told to", "choose another address or port under `listen`"],
  "server/state": [
    3,
    500,
    "The folder in which the server keeps what it must not forget cannot be used",
    "one server uses one folder, which its owner alone may write",
  ],
  "server/clock-behind": [
    3,
    500,
    "The clock shows a time before that of the last timestamp",
    "set the clock right, then start the server again",
  ],
  "registry/proxy": [3, 502, "The proxy cannot be used, or refuses", "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"],
  "registry/tls": [3, 502, "The registry's TLS certificate is not trusted", "--registry-ca FILE with the root that issued it"],
  // could not find out
  "store/not-found": [4, 404, "The registry or layout does not have it", "check the repository, the tag and the digest"],
  "store/unreachable": [
    4,
    502,
    "The registry did not answer, or failed",
    "check the network, and run the command again; `countersign doctor REF` says more",
  ],
  "store/invalid-answer": [
    4,
    502,
    "The registry answered with something that is not what was asked for",
    "`countersign doctor REF` says more",
  ],
  "store/incomplete": [
    4,
    502,
    "Not everything that hangs on the image could be listed",
    "run the command again; `countersign doctor REF` says more",
  ],
  "store/too-large": [4, 413, "The registry's answer is larger than any real one", "`countersign doctor REF` says more"],
  "store/index-full": [
    4,
    507,
    "The fallback index has no room for another entry",
    "remove referrers that are no longer needed (`countersign tree REF`), or use a registry with the referrers API",
  ],
  "store/read-only": [4, 405, "The registry or layout does not accept writes", "ask whoever runs the registry"],
  "store/contended": [
    4,
    409,
    "Other writers kept overwriting the fallback index",
    "run the command again; `countersign doctor REF --repair` rebuilds the index",
  ],
  "promotion/overtaken": [
    4,
    409,
    "Somebody else has moved the tag at the destination meanwhile",
    "look at what has the tag now: `countersign tree REF`; then promote again, if this image is still to have it",
  ],
  "store/offline": [4, 502, "The network is needed and --offline was given", "run without --offline, or verify an oci: layout"],
  "store/write-failed": [4, 507, "Writing failed; what was there before is unchanged", "check disk space and permissions"],
  "job/aborted": [4, 504, "The job was stopped before it ended", "raise --timeout"],
  "job/interrupted": [
    4,
    504,
    "The job was interrupted (Ctrl-C, or a signal) before it ended",
    "run the same command again; a copy goes on where it was stopped",
  ],
  "job/internal": [
    4,
    500,
    "Countersign failed in a way that it should not",
    "report it: SECURITY.md if it can be provoked by others, else an issue",
  ],
  // a negative verdict, as verify() throws it
  "verdict/deny": [1, 403, "The policy does not let this image pass", "the verdict says what is missing"],
  "verdict/unknown": [4, 503, "It could not be found out whether the policy lets this image pass", "the verdict says who did not answer"],
} as const;

export type ErrorCode = keyof typeof ERRORS;

export function errorRow(code: ErrorCode): ErrorRow {
  const [exit, http, summary, remedy]: readonly [ExitCode, number, string, string] = ERRORS[code];
  return { summary, remedy, exit, http };
}

export interface ErrorOptions {
  /** A command that can be pasted, better than the table's. */
  readonly remedy?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** `message` reads `Cannot <action> "<value>": <state>`; secrets never stand in it. */
export class CountersignError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly exit: ExitCode;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CountersignError";
    this.code = code;
    this.remedy = options.remedy ?? errorRow(code).remedy;
    this.exit = errorRow(code).exit;
    this.detail = options.detail ?? {};
  }
}

/** The causes of an error in words, outermost first, without the error's own message. */
export function causesOf(error: unknown): readonly string[] {
  const causes: string[] = [];
  let next: unknown = error instanceof Error ? error.cause : undefined;
  while (next !== undefined && causes.length < 8) {
    causes.push(next instanceof Error ? next.message : String(next));
    next = next instanceof Error ? next.cause : undefined;
  }
  return causes;
}
