/** Reads `rules`: expressions that must hold at a gate, whatever is signed. */
import { readEach } from "./complaints.ts";
import type { PlacedExpression } from "./expressions.ts";
import { OBJECTS } from "./fields.ts";
import { checkName, type Named } from "./name.ts";
import { type Place, quote } from "./place.ts";

export interface WrittenRule {
  readonly name: string;
  readonly gate: Named;
  readonly expr: PlacedExpression;
  readonly message: string;
}

export function readRules(place: Place): readonly WrittenRule[] {
  const names = new Set<string>();
  return readEach(place.list("a list of rules", `[ ${OBJECTS.rule.example} ]`), (item) =>
    item.object<WrittenRule>(OBJECTS.rule, (fields) => ({
      name: () => {
        const name = fields.required("name");
        const text = checkName(name.text("weekdays"), name);
        if (names.has(text)) name.refuse(`is ${quote(text)} again`, "give each rule a name of its own");
        names.add(text);
        return text;
      },
      gate: () => {
        const gate = fields.required("gate");
        return { name: gate.text("prod"), place: gate };
      },
      expr: () => readExpression(fields.required("expr"), "rule"),
      message: () => fields.required("message").text("Production opens Monday to Thursday"),
    })),
  );
}

export function readExpression(place: Place, about: PlacedExpression["about"]): PlacedExpression {
  return { text: place.text(about === "rule" ? "now.getHours() < 16" : 'predicate.result == "ok"'), place, about };
}
