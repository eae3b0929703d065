import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isSubset, parseDistinguishedName } from "./distinguished-name.ts";

class Refused extends Error {}

function refuse(state: string): never {
  throw new Refused(state);
}

function parse(text: string): string[] {
  return parseDistinguishedName(text, refuse).map(({ type, value }) => `${type}=${value}`);
}

const ACCEPTED: readonly (readonly [text: string, pairs: readonly string[]])[] = [
  ["C=US,ST=California,O=Notary Project", ["C=US", "ST=California", "O=Notary Project"]],
  ["C=US,S=California,O=Notary Project", ["C=US", "ST=California", "O=Notary Project"]],
  [" CN=e2e,O=Notary,L=Seattle,ST=WA,C=US", ["CN=e2e", "O=Notary", "L=Seattle", "ST=WA", "C=US"]],
  ["C = US , ST = WA , O = Acme ", ["C=US", "ST=WA", "O=Acme"]],
  ["C=US;ST=WA;O=Acme", ["C=US", "ST=WA", "O=Acme"]],
  ["C=US,ST=WA,O=  My.  Org", ["C=US", "ST=WA", "O=My.  Org"]],
  ["C=US,ST=WA,O=MyOrg,CustomRDN=CustomValue", ["C=US", "ST=WA", "O=MyOrg", "CustomRDN=CustomValue"]],
  ["C=US,ST=WA,O=MyOrg,2.5.4.97=VAT", ["C=US", "ST=WA", "O=MyOrg", "2.5.4.97=VAT"]],
  ['C=US,ST=WA,O=My "special" Org \\, \\; \\\\ others', ["C=US", "ST=WA", 'O=My "special" Org , ; \\ others']],
  ["C=US,ST=WA,O=a\\=b=c", ["C=US", "ST=WA", "O=a=b=c"]],
  ["C=US,ST=WA,O=\\#1\\ ", ["C=US", "ST=WA", "O=#1 "]],
  ["C=US,ST=WA,O=\\\\ ", ["C=US", "ST=WA", "O=\\"]],
  ["C=US,ST=WA,O=Caf\\C3\\A9 é", ["C=US", "ST=WA", "O=Café é"]],
  ["C=US,ST=WA,O=\\5c\\2C", ["C=US", "ST=WA", "O=\\,"]],
];

const REFUSED: readonly (readonly [text: string, state: RegExp])[] = [
  ["", /is not TYPE=VALUE/],
  ["invalid", /"invalid" is not TYPE=VALUE/],
  [",,,", /is not TYPE=VALUE/],
  ["C=US,ST=WA,O=Acme,", /is not TYPE=VALUE/],
  ["=US,ST=WA,O=Acme", /"" is not the type of a name/],
  ["C=US,ST=WA,O=Acme,=x", /"" is not the type/],
  ["C=US,ST=California", /O is missing/],
  ["C=US,O=Notary Project", /ST is missing/],
  ["ST=WA,O=Acme", /C is missing/],
  ["c=US,st=WA,o=Acme", /C, ST, O are missing \(C, ST and O are needed, in capitals\)/],
  ["C=US,ST=WA,O=Acme,S=WA", /ST is there more than once/],
  ["C=US,ST=WA,O=Acme,OU=a,OU=b", /OU is there more than once/],
  ["C=US+ST=WA,O=Acme", /several values/],
  ["C=US,ST=WA,O=Acme=#", /"=#" is not allowed/],
  ["C=US,ST=WA,O=#0403666f6f", /"=#" is not allowed/],
  // A length of 2^31 octets: the value that made notation allocate (CVE-2023-25656).
  ["C=US,ST=WA,O=#0484ffffffff", /"=#" is not allowed/],
  ["C=US,ST=WA,O=", /O has no value/],
  ["C=US,ST=WA,O=Acme,L= ", /L has no value/],
  ["C=US,ST=WA,O=Acme\\", /lone backslash/],
  ["C=US,ST=WA,O=\\zz", /is not an escape/],
  ["C=US,ST=WA,O=\\4", /is not an escape/],
  ["C=US,ST=WA,O=\\C3", /is not UTF-8/],
  ["C=US,ST=WA,O=\\ff\\fe", /is not UTF-8/],
  ["C=US,ST=WA,O=Acme,O U=x", /"O U" is not the type/],
  [`C=US,ST=WA,O=${"a".repeat(8192)}`, /longer than 8192/],
];

test("names that notation accepts are read as it reads them", () => {
  for (const [text, pairs] of ACCEPTED) assert.deepEqual(parse(text), pairs, text);
});

test("names that cannot be compared are refused, and the reason is said", () => {
  for (const [text, state] of REFUSED) assert.throws(() => parse(text), state, text.slice(0, 80));
});

test("any value, once escaped, comes back as it was", () => {
  const value = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(value, (text) => {
      const escaped = [...text].map((character) => (' "#+,;<=>\\'.includes(character) ? `\\${character}` : character)).join("");
      assert.deepEqual(parseDistinguishedName(`C=US,ST=WA,O=${escaped}`, refuse)[2], { type: "O", value: text });
    }),
    { numRuns: 300 },
  );
});

test("no text makes the parser do anything but answer or refuse", () => {
  const parts = fc.array(fc.constantFrom("C", "ST", "O", "=", ",", ";", "+", "\\", " ", "#", '"', "\\2c", "US", "é", "\0"), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(parts, (words) => {
      try {
        parse(words.join(""));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

test("a part of a name is one whose every pair is in it", () => {
  const whole = parseDistinguishedName("C=US,ST=California,O=Notary Project,L=Los Angeles", refuse);
  assert.equal(isSubset(parseDistinguishedName("O=Notary Project,ST=California,C=US", refuse), whole), true);
  assert.equal(isSubset(whole, parseDistinguishedName("C=US,ST=California,O=Notary Project", refuse)), false);
  assert.equal(isSubset(parseDistinguishedName("C=US,ST=California,O=Notary Project,CN=Notary", refuse), whole), false);
  assert.equal(isSubset(parseDistinguishedName("C=US,ST=California,O=notary project", refuse), whole), false);
});
