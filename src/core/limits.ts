/** The bounds on untrusted bytes: nothing larger is read, so nothing larger is parsed. */

/** Sizes in bytes, times in milliseconds, the rest counts. Source: docs/architecture.md, "Bounds". */
export const LIMITS = {
  manifestBytes: 4_194_304,
  /** An in-toto statement, with the document that it holds. */
  statementBytes: 33_554_432,
  /** Objects and arrays of a statement: a bill of materials of 30,000 packages has some 500,000. */
  statementContainers: 1_000_000,
  statementSubjects: 1_024,
  /** Of one subject, or of one thing that a predicate names. */
  subjectDigests: 32,
  /** A commit or tag of git; and those of one source statement. */
  gitObjectBytes: 1_048_576,
  sourceBytes: 4_194_304,
  sourceCommits: 10_000,
  sourceTags: 16,
  /** In armour; one by an RSA key of 4,096 bits has some 850. */
  openPgpSignatureBytes: 32_768,
  /** The configuration of an image. */
  imageConfigBytes: 4_194_304,
  /** Manifests of an index, those of nested ones counted in, and how deep they may be nested. */
  indexManifests: 512,
  indexDepth: 4,
  notaryEnvelopeBytes: 4_194_304,
  bundleBytes: 16_777_216,
  listingEntries: 20_000,
  listingBytes: 33_554_432,
  listingPages: 1_000,
  /** A fallback index larger than this is not written: registries refuse manifests over 4 MiB. */
  fallbackIndexBytes: 4_194_304,
  embeddedEnvelopeBytes: 65_536,
  /** What may be fetched to judge the signatures of one subject, and how long that may take. */
  subjectBudgetBytes: 67_108_864,
  subjectBudgetMs: 10_000,
  /** Manifests and envelopes in the memory of a process at one time, however many subjects it judges. */
  processMemoryBytes: 67_108_864,
  /** A blob that is read as a whole; larger ones are only streamed. */
  wholeBlobBytes: 67_108_864,
  /** The manifests of a layout that are read to find what refers to a subject. */
  layoutScanBytes: 67_108_864,
  chainCertificates: 10,
  certificateBytes: 65_536,
  /** What one bundle may bring along, each. */
  timestamps: 32,
  logEntries: 32,
  /** Layers of cosign's `sha256-HEX.att`. */
  attestationLayers: 1_000,
  /** A timestamp token, or the answer that brings it. */
  timestampBytes: 1_048_576,
  timestampCertificates: 16,
  jsonDepth: 64,
  /** Objects and arrays: an empty one costs fifty times its bytes. A full listing has some 60,000. */
  jsonContainers: 250_000,
  /** Different names of members: objects that share none cost the parser a thousand times more than those of real documents. */
  jsonNames: 100_000,
  /** Reports of tests. */
  xmlDepth: 64,
  xmlElements: 500_000,
  cborDepth: 16,
  /** A map costs a hundred times the byte that an empty one takes to write; real envelopes have some dozens of items. */
  cborItems: 10_000,
  derDepth: 32,
  yamlDepth: 64,
  /** Of one document: texts, marks, spaces, line ends. One costs up to a kilobyte and eight microseconds; no object that Kubernetes stores has as many. */
  yamlTokens: 500_000,
  policyBytes: 4_194_304,
  keyFileBytes: 1_048_576,
  authFileBytes: 1_048_576,
  /** Of an answer that is no success, this much is read to tell why. */
  errorBodyBytes: 65_536,
  /** The answer of a token server. */
  tokenBytes: 65_536,
  /** What a credential helper writes. */
  helperAnswerBytes: 65_536,
  passwordBytes: 65_536,
  /** `--from FILE`, `--digest-from FILE`. */
  referenceListBytes: 16_777_216,
  digestFileBytes: 4_194_304,
  /** Manifests of Kubernetes and Compose: one file, all that a command reads, and what stands in them. */
  deploymentFileBytes: 16_777_216,
  deploymentBytes: 134_217_728,
  deploymentFiles: 10_000,
  deploymentDocuments: 10_000,
  deploymentAliasValues: 100_000,
  trustStoreFiles: 1_000,
  tagListEntries: 100_000,
  /** Entries of a tar file. */
  archiveEntries: 200_000,
  /** Manifests and blobs of an image and all that hangs on it, each counted as often as it is named. */
  closureParts: 100_000,
  /** Of what refers to each other. */
  closureDepth: 32,
} as const;
