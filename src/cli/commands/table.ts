/** Every command, in the order of the help. */
import { CERT_REQUEST, CERT_SHOW, CERT_TEST, KEY_EXPORT, KEY_GENERATE, KEY_IMPORT, KEY_LIST, KEY_REMOVE } from "../declarations/keys.ts";
import { COMPLETION, DEMO, DOCTOR, SERVE, VERSION } from "../declarations/tools.ts";
import { COPY, DOWNLOAD, PROMOTE } from "../declarations/transfer.ts";
import { ATTEST, INSPECT, SIGN, TREE, VERIFY } from "../declarations/images.ts";
import { APPROVE, ATTACH, EXCEPT, HISTORY } from "../declarations/people.ts";
import { POLICY_DIFF, POLICY_EXPLAIN, POLICY_EXPORT, POLICY_INIT, POLICY_TEST, POLICY_WHO_CAN } from "../declarations/policies.ts";
import {
  POLICY_CHECK,
  POLICY_IMPORT,
  POLICY_SHOW,
  POLICY_SIGN,
  POLICY_TRUST,
  TRUST_ADD,
  TRUST_LIST,
  TRUST_REMOVE,
  TRUST_SHOW,
} from "../declarations/trust.ts";
import { LOGIN, LOGOUT } from "../declarations/registries.ts";
import type { CommandDeclaration } from "../declaration.ts";

export const COMMANDS: readonly CommandDeclaration[] = [
  SIGN,
  ATTEST,
  VERIFY,
  APPROVE,
  ATTACH,
  EXCEPT,
  PROMOTE,
  COPY,
  DOWNLOAD,
  TREE,
  INSPECT,
  HISTORY,
  KEY_GENERATE,
  KEY_IMPORT,
  KEY_EXPORT,
  KEY_LIST,
  KEY_REMOVE,
  CERT_TEST,
  CERT_REQUEST,
  CERT_SHOW,
  TRUST_ADD,
  TRUST_LIST,
  TRUST_SHOW,
  TRUST_REMOVE,
  POLICY_INIT,
  POLICY_IMPORT,
  POLICY_SHOW,
  POLICY_EXPLAIN,
  POLICY_CHECK,
  POLICY_WHO_CAN,
  POLICY_DIFF,
  POLICY_TEST,
  POLICY_TRUST,
  POLICY_SIGN,
  POLICY_EXPORT,
  LOGIN,
  LOGOUT,
  SERVE,
  DOCTOR,
  DEMO,
  COMPLETION,
  VERSION,
];

/** First words of two-word commands, with what their family is about. */
export const FAMILIES: Readonly<Record<string, string>> = {
  key: "keys that can sign",
  cert: "certificates",
  trust: "whom to believe: trust stores",
  policy: "what to ask: policies",
};
