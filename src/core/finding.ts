/** Findings: what a check saw. Every code is in one table, from which docs/errors.md is made. */

/** The questions about one signature; a policy says of each what its outcome does. */
export type CheckName =
  | "subject"
  | "integrity"
  | "authenticity"
  | "identity"
  | "product"
  | "annotations"
  | "expiry"
  | "time"
  | "revocation";

/** What was looked at: a signature by a check, or the image as a whole, by what the policy says of it and what is listed. */
export type FindingSource = CheckName | "policy" | "listing";

export type Outcome = "pass" | "fail" | "unknown" | "skipped";

/** Remedies that many codes share, written `@name` in the table. */
const SHARED_REMEDIES: Readonly<Record<string, string>> = {
  "@sign-again": "Sign the image again with a current tool; this envelope cannot be mended.",
  "@sign-yours":
    "If it is yours and as you built it: `countersign sign REF@DIGEST --key KEY` (`countersign key list` shows your keys). Else find out who pushed it.",
  "@new-certificate": "Have the certificate issued again by the Notary Project's certificate profile.",
  "@new-evidence": "Have it made again, and attested as what the policy asks for: `countersign policy explain REF`.",
  "@build-again":
    "Build the image where and from what the policy asks for (`countersign policy explain REF`), or find out who built this one.",
  "@stamp-again":
    "Sign again with a timestamp: `countersign sign REF@DIGEST --key KEY --timestamp-url URL --timestamp-root TSAROOT`, the root of that authority from whoever runs it.",
  "@approve": "Approve the image again: `countersign approve REF@DIGEST --gate GATE`.",
  "@approve-other": "Let somebody else approve it: `countersign approve REF@DIGEST --gate GATE`.",
  "@ask-sender": "Ask whoever pushed it; a broken document proves nothing and blocks nothing.",
};

/** Code -> outcome, summary, and what the reader can do (empty for a pass). Literal, so that declarations need no inference. */
export const FINDINGS = {
  // bytes
  "integrity/digest-mismatch": [
    "fail",
    "The registry answered with bytes that do not have the digest asked for",
    "Do not use the image. Pull it from where it was built and compare; tell whoever runs the registry.",
  ],
  "integrity/size-mismatch": [
    "fail",
    "The bytes are longer or shorter than their descriptor says",
    "Do not use the image. Tell whoever runs the registry.",
  ],
  "integrity/too-large": ["fail", "A document is larger than any real one", "@ask-sender"],
  "integrity/unfetchable": [
    "unknown",
    "Something that was listed could not be fetched",
    "Try again; if it stays so, look at the registry: `countersign doctor REF`.",
  ],
  "integrity/embedded-data": ["fail", "Data embedded in a descriptor is not what its digest says", "@ask-sender"],
  "integrity/verified": ["pass", "The signature is that of its signer's key over exactly these bytes", ""],
  "integrity/signature-invalid": ["fail", "The signature does not belong to these bytes and this key", "@sign-again"],
  "integrity/ed25519ph": [
    "fail",
    "The signature is none of pure Ed25519; of the prehashed kind this version reads none",
    "Sign it again with pure Ed25519 (`countersign sign REF@DIGEST --key KEY`), or with a key of another kind.",
  ],
  "integrity/algorithm-mismatch": ["fail", "The algorithm named is not the one that the signer's key uses", "@sign-again"],
  "integrity/envelope-type": [
    "fail",
    "The envelope is of a media type that no format claims",
    "Verify it with the tool that made it, or upgrade Countersign.",
  ],
  "descriptor/invalid": ["fail", "A descriptor is missing a member or has one of the wrong kind", "@ask-sender"],
  "manifest/invalid": ["fail", "A signature manifest is not what the specification says", "@ask-sender"],
  "manifest/not-a-signature": ["fail", "A manifest is listed as a signature and not laid out as one", "@ask-sender"],
  "manifest/layers": ["fail", "A signature manifest does not have exactly one layer", "@ask-sender"],
  "manifest/subject": ["fail", "A signature manifest refers to another subject than the one it was listed for", "@ask-sender"],
  // encodings
  "json/syntax": ["fail", "A document is not JSON", "@ask-sender"],
  "json/utf8": ["fail", "A document is not UTF-8", "@ask-sender"],
  "json/depth": ["fail", "A document is nested too deeply", "@ask-sender"],
  "json/duplicate-member": ["fail", "A JSON object names a member twice", "@ask-sender"],
  "json/case-variant": ["fail", "A JSON object has a member that differs from a known one only in case", "@ask-sender"],
  "base64/invalid": ["fail", "A field is not base64 of the kind required: wrong alphabet, padding or left-over bits", "@sign-again"],
  "cbor/invalid": ["fail", "A document is not the deterministic CBOR that the specification asks for", "@sign-again"],
  "cbor/duplicate-key": ["fail", "A CBOR map names a key twice", "@sign-again"],
  "cbor/indefinite-length": ["fail", "A CBOR item has no definite length", "@sign-again"],
  "cbor/trailing-bytes": ["fail", "Bytes follow the end of the CBOR document", "@sign-again"],
  "der/trailing-bytes": ["fail", "Bytes follow the end of a DER structure", "@new-certificate"],
  "der/truncated": ["fail", "A DER structure ends before its stated length", "@new-certificate"],
  "der/indefinite-length": ["fail", "A DER structure has no definite length", "@new-certificate"],
  "der/length": ["fail", "A DER length is not in its shortest form", "@new-certificate"],
  "der/tag": ["fail", "A DER structure has another element than the one that must stand there", "@new-certificate"],
  "der/integer": ["fail", "A DER integer is empty or padded", "@new-certificate"],
  "der/boolean": ["fail", "A DER boolean is neither 00 nor FF", "@new-certificate"],
  "der/default": ["fail", "A DER structure writes out a default value", "@new-certificate"],
  "der/oid": ["fail", "A DER object identifier is empty, padded or unfinished", "@new-certificate"],
  "der/bit-string": ["fail", "A DER bit string has a wrong count of unused bits, or unused bits that are set", "@new-certificate"],
  "der/time": ["fail", "A DER time is not a real moment in the required form", "@new-certificate"],
  "der/string": ["fail", "A DER text has bytes that its type does not allow", "@new-certificate"],
  "der/order": ["fail", "The members of a DER set are not in order", "@new-certificate"],
  "der/depth": ["fail", "A DER structure is nested too deeply", "@new-certificate"],
  // JWS and COSE
  "jws/member-unknown": ["fail", "The JWS has a member that the flattened form does not know", "@sign-again"],
  "jws/member-missing": ["fail", "The JWS lacks a member, or has one of the wrong kind", "@sign-again"],
  "jws/header-twice": ["fail", "A JWS header stands both inside and outside the protected header", "@sign-again"],
  "cose/structure": ["fail", "The document is not a tagged COSE_Sign1 of four elements", "@sign-again"],
  "cose/header-twice": ["fail", "A COSE header stands in both the protected and the unprotected map", "@sign-again"],
  // objects of git
  "git/object": ["fail", "What is said to be an object of git is not one that git writes", "@ask-sender"],
  "git/collision": [
    "fail",
    "An object of git is made to have the same SHA-1 as another one",
    "Do not build from it. Tell those who own the repository, and move it to SHA-256.",
  ],
  // DSSE and Sigstore bundles
  "dsse/invalid": ["fail", "A DSSE envelope lacks a member, or has one of the wrong kind", "@sign-again"],
  "dsse/signatures": ["fail", "A DSSE envelope does not have exactly one signature", "@sign-again"],
  "dsse/payload-type": ["fail", "A DSSE envelope holds something else than an in-toto statement", "@sign-again"],
  "bundle/invalid": ["fail", "A Sigstore bundle lacks a member, or has one that is not known", "@sign-again"],
  "bundle/version": ["fail", "A Sigstore bundle is of a version that is not read from a registry", "@sign-again"],
  "bundle/message-signature": ["fail", "A Sigstore bundle signs a file and says nothing about an image", "@sign-again"],
  "bundle/key-id": ["fail", "A Sigstore bundle names two different keys", "@sign-again"],
  "bundle/keyless-not-asked": [
    "fail",
    "A Sigstore bundle or attestation is signed with a certificate, and the policy asks for nobody who signs so",
    "Have the image signed by whom the policy asks for: `countersign sign REF@DIGEST --key KEY`.",
  ],
  "bundle/keyless-unsupported": [
    "unknown",
    "A Sigstore bundle or attestation is signed with a certificate of somebody whom the policy may ask for, and this version cannot verify it",
    "Verify it with cosign, or have the image signed with a key: `countersign sign REF@DIGEST --key KEY`.",
  ],
  // the Notary Project's headers and payload
  "header/missing": ["fail", "A required header is missing", "@sign-again"],
  "header/type": ["fail", "A header's value is of the wrong kind", "@sign-again"],
  "header/forbidden": ["fail", "A header stands where the signing scheme forbids it", "@sign-again"],
  "header/algorithm": ["fail", "The signature algorithm is none of the six that are allowed", "@sign-again"],
  "header/content-type": ["fail", "The content type is not that of a Notary Project payload", "@sign-again"],
  "header/scheme": ["fail", "The signing scheme is not known", "Upgrade Countersign, or verify with the tool that signed."],
  "header/time-format": ["fail", "A time is not written as the specification asks", "@sign-again"],
  "header/expiry-order": ["fail", "The expiry is not after the signing time", "@sign-again"],
  "header/critical-missing": ["fail", "The list of critical headers is missing or empty", "@sign-again"],
  "header/critical-duplicate": ["fail", "The list of critical headers names one twice", "@sign-again"],
  "header/critical-forbidden": ["fail", "The list of critical headers names one that must not be listed", "@sign-again"],
  "header/critical-absent": ["fail", "The list of critical headers names one that is not there", "@sign-again"],
  "header/critical-unknown": [
    "fail",
    "A critical header is not understood, so the signature must not be accepted",
    "Verify with a tool that knows this header, or sign without it.",
  ],
  "header/critical-required": ["fail", "A header that must be critical is not marked so", "@sign-again"],
  "header/plugin": [
    "fail",
    "The signature demands a verification plugin, and plugins are not supported yet",
    "Verify with notation and that plugin, or sign without the demand.",
  ],
  "payload/invalid": ["fail", "The signed payload does not name a target artifact", "@sign-again"],
  // chain and certificates
  "chain/empty": ["fail", "The signature carries no certificate", "@sign-again"],
  "chain/too-long": ["fail", "The certificate chain is longer than any real one", "@sign-again"],
  "chain/order": [
    "fail",
    "The certificates are not in order: each must be issued by the next",
    "Sign again with the chain in order: leaf, intermediates, root.",
  ],
  "chain/signature": ["fail", "A certificate is not signed by the one after it", "Sign again with the right chain."],
  "chain/no-root": ["fail", "The chain does not end in a self-signed root", "Sign again with the chain up to and including its root."],
  "chain/early-root": [
    "fail",
    "A self-signed certificate stands before the end of the chain",
    "Sign again with the chain in order: leaf, intermediates, root.",
  ],
  "certificate/malformed": ["fail", "A certificate is not what X.509 says", "@new-certificate"],
  "certificate/version": ["fail", "A certificate is not of X.509 version 3", "@new-certificate"],
  "certificate/algorithm-mismatch": ["fail", "A certificate names two different signature algorithms", "@new-certificate"],
  "certificate/duplicate-extension": ["fail", "A certificate has an extension twice", "@new-certificate"],
  "certificate/weak-signature": ["fail", "A certificate is signed with SHA-1, MD5 or an algorithm that is not allowed", "@new-certificate"],
  "certificate/key": ["fail", "The signer's key is not RSA 2048, 3072, 4096 or P-256, P-384, P-521", "@new-certificate"],
  "certificate/not-ca": ["fail", "An issuing certificate is not marked as a certificate authority", "@new-certificate"],
  "certificate/leaf-is-ca": ["fail", "The signer's certificate is a certificate authority", "@new-certificate"],
  "certificate/path-length": ["fail", "A certificate authority has more authorities below it than it may", "@new-certificate"],
  "certificate/key-usage": ["fail", "A certificate's key usage is missing, not critical, or not the right one", "@new-certificate"],
  "certificate/extended-key-usage": ["fail", "The signer's certificate is for another purpose than code signing", "@new-certificate"],
  // subject
  "subject/match": ["pass", "The signature is for this image", ""],
  "subject/mismatch": ["fail", "The signature is for another image", "@sign-yours"],
  "subject/annotation-match": ["pass", "The signature carries the annotations that were asked for", ""],
  "subject/annotation-missing": [
    "fail",
    "A signed annotation that was asked for is missing or has another value",
    "Sign with the annotation: `countersign sign REF@DIGEST --annotation NAME=VALUE --key KEY`.",
  ],
  // authenticity and identity
  "authenticity/trusted": ["pass", "The chain contains an anchor of a trusted store", ""],
  "authenticity/pinned-key": ["pass", "The signer's key is one that the policy names", ""],
  "authenticity/untrusted": [
    "fail",
    "No certificate of the chain is an anchor of the policy's trust stores",
    "If you trust this signer, compare its root with what the signer says, and add it: `countersign inspect REF@DIGEST --root SIGNATURE --out ROOTFILE`, `countersign cert show ROOTFILE`, `countersign trust add STORE ROOTFILE`.",
  ],
  "identity/trusted": ["pass", "The signer is one of the policy's trusted identities", ""],
  "identity/untrusted": [
    "fail",
    "The signer is none of the policy's trusted identities",
    "If you trust this signer, accept its identity: add IDENTITY.",
  ],
  "identity/unmatchable": [
    "fail",
    "The signer's subject cannot be compared: C, ST and O must each be there once, and no other kind of name than the known ones",
    "Trust `*` for a store of this signer's own root, or have the certificate issued with C, ST and O.",
  ],
  "identity/no-native-entry": [
    "fail",
    "The policy names only identities that a plugin would have to judge",
    "Add an `x509.subject:` entry to trustedIdentities.",
  ],
  "identity/member": ["pass", "The signer is a person or party that the policy asks for", ""],
  "identity/not-asked": [
    "fail",
    "The signer is nobody whom the policy asks for here",
    "If this signer may sign here, name it in the policy, under people or parties: IDENTITY.",
  ],
  "identity/ambiguous": [
    "fail",
    "The signer is two of those whom the policy names",
    "Let the policy know each certificate and key as one person or party: `countersign policy check FILE`.",
  ],
  "identity/key-unknown": [
    "fail",
    "The signature is by a key that the policy does not have",
    "If this signer may sign here, get the public key from whoever signed: `countersign verify REF@DIGEST --key KEYFILE`; or name it in a policy, under people or parties: { key: { file: KEYFILE, sha256: … } }.",
  ],
  "identity/key-not-whole": [
    "fail",
    "The policy names the key by its fingerprint alone, and a signature without a certificate needs the key itself",
    "Write the key into the policy in PEM, or as { file: KEYFILE, sha256: … }.",
  ],
  "identity/key-not-given": [
    "unknown",
    "A signature by a bare key was looked at without a key",
    "Verify it with the key: `countersign verify REF@DIGEST --key KEYFILE`.",
  ],
  "identity/product-signed": ["pass", "The signature is for this product", ""],
  "identity/product-other": [
    "fail",
    "The signature is for another product",
    "Sign it as what it is here, if it may be used: `countersign sign REF@DIGEST --key KEY`.",
  ],
  "identity/product-not-signed": [
    "fail",
    "The signature does not say which product it is for, and its signer signs for several",
    "Sign it again by the policy that asks for it (POLICY), so that the product is signed along: `countersign sign REF@DIGEST --key KEY`; or with another tool and the annotation dev.countersign.product=PRODUCT.",
  ],
  "identity/name-not-signed": [
    "fail",
    "The image is not known to be what its publisher calls by the name that the policy asks for",
    "Bring it in from there, so that a record says where it was found: `countersign promote NAME:TAG REF --gate GATE --key KEY`.",
  ],
  // expiry and time
  "expiry/none": ["pass", "The signature has no expiry", ""],
  "expiry/valid": ["pass", "The signature has not expired", ""],
  "expiry/expired": ["fail", "The signature has expired", "Sign the image again if it may still be used."],
  "time/valid": ["pass", "Every certificate of the chain is valid at the time that counts", ""],
  "time/certificate-expired": [
    "fail",
    "A certificate of the chain had expired at the time that counts",
    "Sign again with a valid certificate.",
  ],
  "time/certificate-not-yet-valid": [
    "fail",
    "A certificate of the chain was not yet valid at the time that counts",
    "Check the clock; else sign again when the certificate is valid.",
  ],
  "time/timestamp-missing": ["fail", "The policy asks for a timestamp and the signature has none", "@stamp-again"],
  "time/timestamped": ["pass", "A trusted timestamp shows by when it was signed, and every certificate of the chain was valid then", ""],
  "time/timestamp-malformed": ["fail", "The timestamp is not what RFC 3161 says", "@stamp-again"],
  "time/timestamp-invalid": ["fail", "The timestamp is not signed by the authority that it names", "@stamp-again"],
  "time/timestamp-other": ["fail", "The timestamp was made for another signature", "@stamp-again"],
  "time/timestamp-untrusted": [
    "fail",
    "The timestamp's authority is in none of the trust stores for timestamps",
    "If you trust this authority, get its root from whoever runs it and add it: `countersign trust add tsa:NAME TSAROOT`.",
  ],
  "time/timestamp-authority": [
    "fail",
    "The authority's certificates are not for timestamps, or were not valid when the timestamp was made",
    "Sign again with another timestamp authority: `countersign sign REF@DIGEST --key KEY --timestamp-url URL --timestamp-root TSAROOT`, the root of that authority from whoever runs it.",
  ],
  "time/authority-unchecked": [
    "unknown",
    "A certificate of the timestamp authority can be revoked, and this version cannot ask yet",
    "Set the policy's revocation check to log, or verify with notation.",
  ],
  "time/clock-behind": [
    "unknown",
    "It is earlier than a timestamp that has been verified, so the clock cannot be right",
    "Set the clock; with --at ask for a later moment.",
  ],
  // revocation
  "revocation/not-revocable": ["pass", "No certificate of the chain says where its revocation could be asked", ""],
  "revocation/unchecked": [
    "unknown",
    "A certificate can be revoked, and this version cannot ask yet",
    "Set the policy's revocation check to log, or verify with notation.",
  ],
  "revocation/list-unread": [
    "unknown",
    "It may be revoked: the list of revocations could not be read",
    "Set the policy's revocation check to log, take revocations out of verifier.yaml, or use a version that reads the list.",
  ],
  // evidence
  "statement/invalid": ["fail", "A document is not an in-toto statement", "@ask-sender"],
  "statement/predicate": ["fail", "What a statement says is not what the specification of its kind asks for", "@ask-sender"],
  "evidence/subject": ["fail", "A statement is about another subject than the one that it hangs on", "@ask-sender"],
  "base/none-named": [
    "fail",
    "The provenance names no base image, and the policy asks for one",
    "Build it with provenance that lists the base image by digest (BuildKit does), or let the policy say base: none.",
  ],
  "base/not-prefix": [
    "fail",
    "The image begins with the layers of no base that the policy lists and its provenance names",
    "Build it from a base of the policy, or list the base's repository for the gate that bases have to pass.",
  ],
  "base/denied": [
    "fail",
    "The image's base does not pass the gate that bases have to pass",
    "Build it from one that passes: `countersign verify BASE --gate GATE` shows what that one lacks.",
  ],
  "base/unknown": ["unknown", "It could not be found out whether the image's base passes", "Try again when its registry answers."],
  "evidence/too-old": ["fail", "Evidence is older than the policy allows", "Have it made again: a new scan, a new test."],
  "evidence/age-unknown": [
    "unknown",
    "Nothing that is signed says how old evidence is",
    "Have it made again by a tool that says when, or sign it with a certificate or a timestamp.",
  ],
  // what a policy asks of evidence
  "evidence/other-kind": ["fail", "A statement is of another kind than the one asked for", "@new-evidence"],
  "evidence/asserted": [
    "fail",
    "A document names no image, and that it is about this one is only its signer's word",
    "Let the tool be run on the image itself: `countersign attest REF@DIGEST --run TOOL --key KEY`.",
  ],
  "evidence/builder": ["fail", "The image was built by another builder than the one asked for", "@build-again"],
  "evidence/build-type": ["fail", "The image was built in another way than the one asked for", "@build-again"],
  "evidence/source": ["fail", "The image was built from another source than the one asked for", "@build-again"],
  "evidence/ref": ["fail", "The image was built from another branch or tag than the one asked for", "@build-again"],
  "evidence/sbom-empty": [
    "fail",
    "The SBOM lists nothing, so that it says nothing of what is in the image",
    "Make it with a tool that knows what is in the image, and attest that one.",
  ],
  "evidence/denied-package": ["fail", "The image holds a package that the policy denies", "Build the image without it."],
  "evidence/package-unreadable": [
    "fail",
    "The SBOM names packages in a way that cannot be read, so that they may be denied ones",
    "Make the SBOM with a tool that writes package URLs as their specification has them (pkg:npm/name@1.0).",
  ],
  "evidence/denied-license": [
    "fail",
    "The image holds something whose licence the policy denies",
    "Build the image without it, or let those who own the policy allow the licence.",
  ],
  "evidence/license-unknown": [
    "fail",
    "The SBOM does not say by which licence something may be used",
    "Make the SBOM with a tool that finds licences; or let the policy pass unknown ones: licenses: { unknown: allow }.",
  ],
  "evidence/vulnerable": [
    "fail",
    "The scan has findings that the policy denies",
    "Build the image without them and scan it again; or let those whom the policy names for VEX say why one does not matter.",
  ],
  "evidence/severity-unknown": [
    "fail",
    "The scan has findings whose severity it does not say, which may be any",
    "Have one who may say by VEX that it does not matter; or let the policy pass them: unknownSeverity: allow.",
  ],
  "evidence/database-too-old": [
    "fail",
    "The scanner's database is older than the policy allows",
    "Update the scanner's database, and scan the image again.",
  ],
  "evidence/database-age-unknown": [
    "fail",
    "The scan does not say how old the scanner's database is",
    "Scan with a tool that says when its database was made, or leave databaseMaxAge out of the policy.",
  ],
  "evidence/test-failed": ["fail", "Tests of the image have failed", "Mend what they show, build the image again and test it."],
  "evidence/expression-false": ["fail", "What the policy's expression asks of a statement does not hold", "@new-evidence"],
  "evidence/expression-error": [
    "fail",
    "The policy's expression could not be asked of a statement",
    "Compare the expression with the statement: a member that may be missing is asked for with has().",
  ],
  "author/unproven": [
    "unknown",
    "It is not proven who made the commits that the image was built from",
    "Have them signed by those whom the policy names (git config gpg.format ssh), and bring them along: `countersign attest REF@DIGEST --git FOLDER --key KEY`. What was there before signing began need not be: since: COMMIT beside signedBy in the policy.",
  ],
  "author/unknown-signer": [
    "fail",
    "A commit that the image was built from is signed by nobody whom the policy names",
    'If its signer may sign commits, add the key to the policy, by the fingerprint that is named here: people: { NAME: { git: [ { ssh: "SHA256:…" } ] } }. Else find out who let it in.',
  ],
  "author/signature-invalid": [
    "fail",
    "A commit that the image was built from has a signature that is not one of it",
    "Find out who changed the commit, and do not use the image.",
  ],
  "image/config": ["fail", "The image's configuration is not laid out as the specification says", "Build the image with a current tool."],
  "image/user": ["fail", "The image runs as another user than the policy asks for", "Set the user when the image is built: USER 65532."],
  "image/ports": ["fail", "The image listens on a port that the policy does not allow", "Build the image without it (EXPOSE)."],
  "rule/false": [
    "fail",
    "A rule of the policy does not hold now",
    "Wait until it holds, or look at the rule: `countersign policy explain REF`.",
  ],
  "rule/error": ["fail", "A rule of the policy could not be asked", "Correct the rule's expression: `countersign policy check FILE`."],
  // approvals
  "approvals/too-few": [
    "fail",
    "Too few of those whom the policy asks for have approved the image at the gate",
    "Let one of those who are still able approve it: `countersign approve REF@DIGEST --gate GATE`.",
  ],
  "approvals/rejected": [
    "fail",
    "Somebody who is asked has rejected the image at the gate",
    "Let whoever rejected it approve it instead, or let one more than are asked for overrule it: `countersign approve REF@DIGEST --gate GATE --overrule DIGEST --reason TEXT`.",
  ],
  "approvals/overruled": ["skipped", "A rejection was overruled by enough of those who are asked", ""],
  "approvals/withdrawn": ["fail", "An approval was withdrawn", "@approve"],
  "approvals/superseded": ["skipped", "A word was replaced by a later one of the same person", ""],
  "approvals/other-gate": [
    "fail",
    "An approval is about another policy, product, gate or repository",
    "Approve the image at this gate: `countersign approve REF@DIGEST --gate GATE`.",
  ],
  "approvals/gate-changed": ["fail", "What the gate asks has changed since the image was approved", "@approve"],
  "approvals/evidence-changed": ["fail", "The evidence that counts now was not there when the image was approved", "@approve"],
  "approvals/lapsed": ["fail", "An approval has lapsed", "@approve"],
  "approvals/not-yet": [
    "fail",
    "An approval says that it was signed in time to come",
    "Set the clock of whoever signed it, and approve the image again: `countersign approve REF@DIGEST --gate GATE`.",
  ],
  "approvals/not-asked": ["fail", "Somebody who is not asked has spoken", "Ask for them in the policy, if they are to be heard."],
  "approvals/author": ["fail", "Whoever wrote a commit of the image may not approve it", "@approve-other"],
  "approvals/builder": ["fail", "Whoever built the image may not approve it", "@approve-other"],
  "approvals/approver-of": ["fail", "Whoever approved the image at an earlier gate may not approve it here", "@approve-other"],
  "approvals/same-key": [
    "fail",
    "Two people have signed with the same key, and count as one",
    "Give each of them a key of their own, and let them approve again.",
  ],
  "approvals/despite": [
    "fail",
    "An image was approved before the needs of the gate were met, and that counts once they are",
    "Bring along what the gate still needs: `countersign policy explain REF`.",
  ],
  "approvals/chain-unknown": [
    "unknown",
    "Approvals name the first version of the policy, and which that was is not known",
    "Sign the policy (`countersign policy sign FILE`), or pin it with the versions before it (`countersign policy trust FILE`).",
  ],
  // exceptions
  "exceptions/not-listed": [
    "fail",
    "An exception is from something that the policy lets nobody except",
    "`countersign policy explain REF` shows what may be excepted, and by whom.",
  ],
  "exceptions/not-asked": [
    "fail",
    "An exception is by somebody who may make none here",
    "Let one who may sign it: `countersign except REF@DIGEST`.",
  ],
  "exceptions/other-gate": [
    "fail",
    "An exception is for another policy, product, gate or place",
    "Sign one for this: `countersign except REF@DIGEST --gate NAME`.",
  ],
  "exceptions/gate-changed": [
    "fail",
    "What the gate asks was changed after the exception was signed",
    "If it is still meant, sign it again: `countersign except REF@DIGEST --gate NAME`.",
  ],
  "exceptions/no-finding": [
    "fail",
    "An exception from a scan or an SBOM must name the one finding that it excuses, and any other must not",
    "Sign it again, for what was found: `countersign except REF@DIGEST --gate NAME --for scan --advisory ID --purl PURL`.",
  ],
  "exceptions/no-reason": ["fail", "An exception does not say why", "Sign it again, with --reason."],
  "exceptions/too-long": ["fail", "An exception is to hold for longer than the policy lets it", "Sign it again, with a shorter --expires."],
  "exceptions/to-come": ["fail", "An exception says it was signed at a time to come", "Set the signer's clock, and sign it again."],
  "exceptions/lapsed": ["fail", "An exception has ended", "Meet the requirement; or sign another one, if it is still meant."],
  "exceptions/again": [
    "fail",
    "Somebody has broken the glass for one image at one gate a second time within 30 days",
    "Let another person do it: `countersign except REF@DIGEST --gate NAME --break-glass`.",
  ],
  "exceptions/not-approved": [
    "fail",
    "Nobody has approved afterwards that the glass was broken, in all the time that there was",
    "Let one of those whom the policy names approve it: `countersign approve REF@DIGEST --gate NAME --afterwards DIGEST`.",
  ],
  // how it came to its place
  "promotion/replaced": [
    "fail",
    "Another image was given its tag",
    "Use the image that has the tag now; or promote this one again, if the policy allows to go back: rollback: true at the gate.",
  ],
  "promotion/superseded": [
    "fail",
    "Another image took its place longer ago than the policy lets it stay",
    "Use the image that took its place; or promote this one again, if the policy allows to go back: rollback: true at the gate.",
  ],
  "promotion/unread": ["unknown", "A record of a promotion could not be read", "Try again when the registry answers."],
  // what the policy turned off
  "policy/skipped": ["skipped", "The policy says not to check this", ""],
  // listings and the whole
  "signature/none": ["fail", "The image has no signature", "@sign-yours"],
  "signature/too-few": [
    "fail",
    "Too few of those whom the policy asks for have signed",
    "Let one of those who are still missing sign: `countersign sign REF@DIGEST --key KEY`.",
  ],
  "signature/too-old": [
    "fail",
    "The signature is older than the policy allows",
    "Let whoever signed it sign it again: `countersign sign REF@DIGEST --key KEY`.",
  ],
  "signature/age-unknown": [
    "unknown",
    "Nothing that is signed says how old the signature is",
    "Have it signed in a form that says when: `countersign sign REF@DIGEST --key KEY` with a certificate.",
  ],
  "signature/unexamined": [
    "unknown",
    "Not every signature could be looked at within the budget",
    "Remove the junk that hangs on the image (`countersign tree REF`), or give it more time where that was short: `--timeout 10m`.",
  ],
  "listing/cut-off": [
    "unknown",
    "The list of what hangs on the image is too long and was cut off",
    "Remove the junk that hangs on the image (`countersign tree REF`).",
  ],
  "listing/unreachable": [
    "unknown",
    "The registry did not say what hangs on the image",
    "Try again; `countersign doctor REF` shows which request fails.",
  ],
  "listing/foreign-page": [
    "unknown",
    "The registry sent the listing on to another host, which was not followed",
    "Tell whoever runs the registry.",
  ],
  "listing/malformed-entry": ["fail", "An entry of the listing is broken and was passed over", "@ask-sender"],
  "listing/not-an-index": [
    "unknown",
    "The fallback tag does not hold an index",
    "Look at the tag; `countersign doctor REF --repair` rebuilds the index.",
  ],
  "summary/not-taken": [
    "fail",
    "Somebody else's verdict does not stand in for what is missing",
    "Have it emitted again: `countersign verify REF --gate NAME --emit --key KEY`.",
  ],
  "product/not-listed": [
    "fail",
    "No statement of the policy is for this repository",
    "Add the repository to the policy's registryScopes; for a layout say which repository it is: --as REGISTRY/REPOSITORY.",
  ],
} as const;

export type FindingCode = keyof typeof FINDINGS;

interface FindingRow {
  readonly outcome: Outcome;
  readonly summary: string;
  readonly remedy: string;
}

export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(FINDINGS, code);
}

export function findingRow(code: FindingCode): FindingRow {
  const [outcome, summary, remedy]: readonly [Outcome, string, string] = FINDINGS[code];
  return { outcome, summary, remedy: SHARED_REMEDIES[remedy] ?? remedy };
}

/** Whether a check decides, is only noted, or is not run. */
export type Action = "enforce" | "log" | "skip";

export interface Finding {
  readonly check: FindingSource;
  readonly outcome: Outcome;
  readonly code: FindingCode;
  /** One sentence about this case. Foreign text in it has been made safe to show. */
  readonly message: string;
  readonly remedy?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** What the policy does with the outcome. */
  readonly action: Action;
}

/** A finding by its code; outcome and remedy come from the table, unless a better remedy is known. */
export function finding(
  check: FindingSource,
  code: FindingCode,
  message: string,
  options: { readonly action?: Action; readonly detail?: Finding["detail"]; readonly remedy?: string } = {},
): Finding {
  const known = findingRow(code);
  const remedy = options.remedy ?? known.remedy;
  return {
    check,
    outcome: known.outcome,
    code,
    message,
    ...(remedy === "" ? {} : { remedy }),
    ...(options.detail === undefined ? {} : { detail: options.detail }),
    action: options.action ?? "enforce",
  };
}

/** What stands in the place of a check that is not made. */
export function skippedCheck(check: FindingSource): Finding {
  return finding(check, "policy/skipped", `the policy says not to check ${check}`, { action: "skip" });
}
