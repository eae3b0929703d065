/** Doubles that ship with the product: what its demo and other people's tests run against. */
export { type Answer, type RecordedRequest, type RegistryOptions, type RunningRegistry, startRegistry } from "./registry-server.ts";
