/** A timestamp authority on a free loopback port, with a throw-away chain and the clock of whoever starts it: the server's own code. */
import { type Clock, systemClock } from "../core/clock.ts";
import { createTokenSigner } from "../pki/timestamp/token-writer.ts";
import { decodeCertificate } from "../pki/x509/certificate.ts";
import { createTimestampingTestChain, type TestChain } from "../pki/x509/throw-away-chain.ts";
import { startServer } from "../server/http-server.ts";
import { type AuthorityEvent, timestampRoutes, TIMESTAMP_PATH } from "../server/timestamp/authority.ts";
import { createMemoryLedger } from "../server/timestamp/ledger.ts";

export interface AuthorityDoubleOptions {
  /** What its tokens say; the system's clock unless given. */
  readonly clock?: Clock;
  /** How far its clock may be off, as its tokens say; 1,000 ms unless given. */
  readonly accuracyMs?: number;
  /** An object identifier; one that is for examples unless given. Source: RFC 5612. */
  readonly policy?: string;
  /** One of its own, valid for a year from its clock's present on, unless given. */
  readonly chain?: Pick<TestChain, "certificates" | "leafKey">;
}

export interface AuthorityDouble {
  /** Where it is asked. */
  readonly url: string;
  /** In DER: the certificate that signs first, the root last. */
  readonly certificates: readonly Uint8Array[];
  readonly root: Uint8Array;
  /** What it has answered so far, oldest first. */
  readonly events: readonly AuthorityEvent[];
  close(): Promise<void>;
}

export async function startTimestampAuthority(options: AuthorityDoubleOptions = {}): Promise<AuthorityDouble> {
  const { clock = systemClock, accuracyMs = 1000, policy = "1.3.6.1.4.1.32473.1" } = options;
  const { certificates, leafKey } = options.chain ?? (await createTimestampingTestChain({ now: clock.now(), days: 365 }));
  const [own, ...above] = certificates.map(decodeCertificate);
  if (own === undefined) throw new TypeError("a timestamp authority has a certificate");
  const events: AuthorityEvent[] = [];
  const server = await startServer(
    { host: "127.0.0.1", port: 0 },
    {
      routes: timestampRoutes({
        signer: createTokenSigner(leafKey, [own, ...above]),
        policy,
        accuracyMs,
        clock,
        ledger: createMemoryLedger(clock),
        note: (event) => events.push(event),
      }),
    },
  );
  return {
    url: `${server.url}${TIMESTAMP_PATH}`,
    certificates,
    root: certificates.at(-1) ?? own.der,
    events,
    close: () => server.close(),
  };
}
