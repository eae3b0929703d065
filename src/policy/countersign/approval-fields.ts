/** Every field of approvals, of what holds while an image runs, and of what may be waived, for `fields.ts`. */
import { DURATION, type FieldValue, type ObjectShape, oneOrList, TEXT } from "./field.ts";

export type ApprovalObjectName = "approve" | "approverOf" | "stay" | "stayScan" | "exceptions" | "breakGlass" | "afterwards";

const NAMES = oneOrList(TEXT);
const COUNT: FieldValue = { kind: "count" };

function object(name: ApprovalObjectName): FieldValue {
  return { kind: "object", object: name };
}

/** Sections whose gate `prod` has these members beside `after`. */
function gate(members: string): string {
  return `gates:\n  build: { needs: [ { signature: { by: ci } } ] }\n  prod: { after: build, ${members} }`;
}

const PROVENANCE =
  "{ provenance: { by: ci, builder: https://ci.acme.io/runner, source: git+https://git.acme.io/shop, ref: refs/heads/main } }";

/** The same, where it is known who wrote and built the image. */
function gateAfterProvenance(members: string): string {
  return `gates:\n  build: { needs: [ ${PROVENANCE} ], approve: { by: ana, valid: 7d } }\n  prod: { after: build, ${members} }`;
}

const STAY = gate("needs: [ { scan: { by: ci, deny: critical } } ], stay: { scan: { maxAge: 14d }, superseded: 30d }");
const EXCEPTIONS = `${gate("needs: [ { scan: { by: ci, deny: critical } } ]")}\nexceptions: { by: ana, for: [scan], max: 30d }`;
const BREAK_GLASS = `${gate("needs: [ { scan: { by: ci, deny: critical } } ], approve: { by: ana, valid: 72h }")}\nbreakGlass: { by: bo, waive: [scan, approvals], max: 4h, afterwards: { by: ana, within: 24h }, stayMax: 7d }`;

/** What of them is no field of the object `gate` or `policy` itself stands here. */
export const APPROVE_FIELD: ObjectShape["fields"][string] = {
  summary: "Who must approve the image here (`countersign approve`).",
  value: object("approve"),
  example: gate("approve: { by: [ana, bo], valid: 72h }"),
};

export const STAY_FIELD: ObjectShape["fields"][string] = {
  summary: "What must hold of an image that a promotion has brought to its place: its entry is judged as of then, and this as of now.",
  value: object("stay"),
  example: STAY,
};

export const ROLLBACK_FIELD: ObjectShape["fields"][string] = {
  summary: "`true`: an image that another one has replaced here may be promoted again. Unless told, it may not.",
  value: { kind: "flag" },
  example: gate("rollback: true"),
};

export const EXCEPTIONS_FIELD: ObjectShape["fields"][string] = {
  summary:
    "Who may except one image from a requirement for a time (`countersign except`). Each verdict that rests on an exception says so.",
  value: object("exceptions"),
  example: EXCEPTIONS,
};

export const BREAK_GLASS_FIELD: ObjectShape["fields"][string] = {
  summary: "Who may let an image pass in an emergency (`countersign except --break-glass`), and who must approve that afterwards.",
  value: object("breakGlass"),
  example: BREAK_GLASS,
};

export const APPROVAL_OBJECTS: Readonly<Record<ApprovalObjectName, ObjectShape>> = {
  approve: {
    title: "an approval requirement",
    summary:
      "People who must approve the image at this gate, each for themselves. Anyone of them may reject it, and a rejection stands until it is lifted.",
    example: "{ by: release, atLeast: 2, not: [author, builder], valid: 72h }",
    fields: {
      by: {
        summary: "A person, a group, or a list of them. Machines do not approve: ask for their signature.",
        value: NAMES,
        isRequired: true,
        example: gate("approve: { by: [ana, bo], valid: 72h }"),
      },
      atLeast: {
        summary: "How many of them; 1 unless told.",
        value: COUNT,
        example: gate("approve: { by: [ana, bo], atLeast: 2, valid: 72h }"),
      },
      not: {
        summary:
          "Whose approval does not count: `author`, who wrote or signed a commit of it, where a provenance requirement of this gate or one before it asks for builder, source and ref; `builder`, whose provenance it is; `approver-of: GATE`, who has approved it at an earlier gate.",
        value: { kind: "list", of: { kind: "either", of: [{ kind: "text", allowed: ["author", "builder"] }, object("approverOf")] } },
        example: gateAfterProvenance("approve: { by: [ana, bo], not: [author, builder], valid: 72h }"),
      },
      valid: {
        summary: "How long an approval counts: `72h`, `7d`.",
        value: DURATION,
        isRequired: true,
        example: gate("approve: { by: ana, valid: 72h }"),
      },
      evidence: {
        summary:
          "`exact`: an approval counts only for the very evidence that the approver saw. Unless told, newer evidence that still passes keeps it.",
        value: { kind: "text", allowed: ["exact"] },
        example: gate("approve: { by: ana, valid: 72h, evidence: exact }"),
      },
    },
  },
  approverOf: {
    title: "who has approved before",
    summary: "Those whose approval counted at an earlier gate.",
    example: "{ approver-of: security }",
    fields: {
      "approver-of": {
        summary: "The gate, which comes before this one and asks for approvals.",
        value: TEXT,
        isRequired: true,
        example: gateAfterProvenance("approve: { by: [ana, bo], not: [ { approver-of: build } ], valid: 72h }"),
      },
    },
  },
  stay: {
    title: "what holds while it runs",
    summary: "Asked of an image that has entered, by the record of a promoter.",
    example: "{ scan: { maxAge: 14d }, superseded: 30d }",
    fields: {
      scan: { summary: "The scans that the gate and those before it ask for.", value: object("stayScan"), example: STAY },
      superseded: {
        summary:
          "How long an image may run on once another one has taken its place. By the tag that the other one has now it may not at all.",
        value: DURATION,
        example: gate("stay: { superseded: 30d }"),
      },
    },
  },
  stayScan: {
    title: "a scan while it runs",
    summary: "How new scans must be. The newest one has to pass, and the scanner's database to have been fresh when it was made.",
    example: "{ maxAge: 14d }",
    fields: { maxAge: { summary: "How old the newest scan may be: `14d`.", value: DURATION, isRequired: true, example: STAY } },
  },
  exceptions: {
    title: "exceptions",
    summary: "Each is for one image at one gate, says why, and ends. From a scan or an SBOM it excuses one finding in one package.",
    example: "{ by: security, for: [scan, sbom], max: 30d }",
    fields: {
      by: { summary: "A person, a group, or a list of them.", value: NAMES, isRequired: true, example: EXCEPTIONS },
      for: {
        summary:
          "Requirements that may be missed: kinds of `needs` that some gate has, and `approvals`, where they are missing and nobody has rejected it. What the engine itself checks (signatures, identities, time, revocation) is never excepted.",
        value: { kind: "list", of: TEXT },
        isRequired: true,
        example: EXCEPTIONS,
      },
      max: { summary: "How long one may hold at most.", value: DURATION, isRequired: true, example: EXCEPTIONS },
    },
  },
  breakGlass: {
    title: "an emergency",
    summary:
      "One image at one gate passes without what is waived, and has to be approved afterwards. Within 30 days another person has to do it.",
    example: "{ by: oncall, waive: [scan, approvals], max: 4h, afterwards: { by: release, within: 24h }, stayMax: 7d }",
    fields: {
      by: { summary: "A person, a group, or a list of them.", value: NAMES, isRequired: true, example: BREAK_GLASS },
      waive: {
        summary:
          "Requirements that are waived: kinds of `needs` that some gate has, `approvals`, and `revocation/unknown`, where it could not be found out whether something is revoked. What is revoked never passes.",
        value: { kind: "list", of: TEXT },
        isRequired: true,
        example: BREAK_GLASS,
      },
      max: { summary: "How long the way in stays open at most.", value: DURATION, isRequired: true, example: BREAK_GLASS },
      afterwards: { summary: "Who must approve it afterwards.", value: object("afterwards"), isRequired: true, example: BREAK_GLASS },
      stayMax: {
        summary:
          "How long new copies of what came in may start without that approval; what runs then goes on. At least as long as there is time for it.",
        value: DURATION,
        isRequired: true,
        example: BREAK_GLASS,
      },
    },
  },
  afterwards: {
    title: "an approval afterwards",
    summary: "Who must approve what came in by an emergency, and by when.",
    example: "{ by: release, within: 24h }",
    fields: {
      by: { summary: "A person, a group, or a list of them.", value: NAMES, isRequired: true, example: BREAK_GLASS },
      within: { summary: "How long they have.", value: DURATION, isRequired: true, example: BREAK_GLASS },
    },
  },
};
