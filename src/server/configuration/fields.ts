/** Every field of `serve.yaml`: what it is for, what it holds, and an example that loads. */
import { API_VERSION_FIELD, type ObjectShape, TEXT } from "../../policy/countersign/field.ts";

type ObjectName = "server" | "timestampAuthority";

const AUTHORITY = `timestampAuthority:
  listen: 127.0.0.1:3161
  key: clock
  policy: "1.3.6.1.4.1.32473.1"
  accuracy: 1s
  state: clock`;
const BY_FILES = AUTHORITY.replace("key: clock", "key: ./clock.key\n  certificate: clock.crt");

export const SERVER_OBJECTS: Readonly<Record<ObjectName, ObjectShape>> = {
  server: {
    title: "a server's configuration",
    summary: "What `countersign serve` runs, in one process. A part that is not named is not there.",
    example: "apiVersion: countersign.dev/v1, kind: Server, timestampAuthority: { … }",
    fields: {
      apiVersion: API_VERSION_FIELD,
      kind: { summary: "What the document is.", value: { kind: "text", allowed: ["Server"] }, isRequired: true, example: "kind: Server" },
      timestampAuthority: {
        summary: "An authority that says by when something existed (RFC 3161).",
        value: { kind: "object", object: "timestampAuthority" },
        isRequired: true,
        example: AUTHORITY,
      },
    },
  },
  timestampAuthority: {
    title: "a timestamp authority",
    summary: "An authority that says by when something existed (RFC 3161). Paths begin where this file is, or at home after `~/`.",
    example: '{ key: clock, policy: "1.3.6.1.4.1.32473.1", accuracy: 1s, state: clock }',
    fields: {
      listen: {
        summary:
          "The IP address and port where it is asked; `127.0.0.1:3161` unless told, where nobody else can. Port 0 is any that is free. It speaks plain HTTP: a token is signed, and who is in between can only withhold it.",
        value: TEXT,
        example: AUTHORITY,
      },
      key: {
        summary: "The private key: a name of `countersign key list`, a PEM file (with a `/` in its path), or `env://NAME`.",
        value: TEXT,
        isRequired: true,
        example: BY_FILES,
      },
      certificate: {
        summary:
          "A PEM file with the key's certificate, for timestamps alone, and those above it; those kept with the key unless told. With the root last, clients can fetch the whole chain.",
        value: TEXT,
        example: BY_FILES,
      },
      policy: {
        summary:
          "The object identifier of the rules under which it works, which stands in each token: one of your own organisation. `1.3.6.1.4.1.32473` and what is below it are for examples.",
        value: { kind: "text", pattern: "^[0-2](\\.[0-9]+)+$" },
        isRequired: true,
        example: AUTHORITY,
      },
      accuracy: {
        summary:
          "How far the clock of this machine may be off at worst: `1s`, `250ms`. It stands in each token, and who relies on one adds it to both sides.",
        value: TEXT,
        isRequired: true,
        example: AUTHORITY,
      },
      state: {
        summary:
          "A folder of its own, which is made if need be, for what must not be forgotten: serial numbers and the last time. One server uses one folder.",
        value: TEXT,
        isRequired: true,
        example: AUTHORITY,
      },
    },
  },
};
