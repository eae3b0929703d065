/** Doubles that ship with the product: what its demo and other people's tests run against. */
export { openMemoryStore } from "../registry/memory.ts";
export type { Quirk } from "./registry-quirks.ts";
export { type Answer, type RecordedRequest, type RegistryOptions, type RunningRegistry, startRegistry } from "./registry-server.ts";
export { type AuthorityDouble, type AuthorityDoubleOptions, startTimestampAuthority } from "./timestamp-authority.ts";
export { createCertificate, type CertificateOptions } from "../pki/x509/create.ts";
export { nameOf, type NameTemplate } from "../pki/x509/name.ts";
export { type KeyType } from "../pki/key-pair.ts";
export { createTestChain, createTimestampingTestChain, type TestChain, type TestChainOptions } from "../pki/x509/throw-away-chain.ts";
