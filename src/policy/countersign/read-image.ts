/** Reads what a gate asks of an image's configuration. */
import { type Undefinable, withoutAbsent } from "../../core/without-absent.ts";
import type { ImageAsked } from "../requirements/asked.ts";
import { readEach } from "./complaints.ts";
import { OBJECTS } from "./fields.ts";
import type { Need } from "./need.ts";
import { type Place, quote } from "./place.ts";

export function readImage(place: Place): Need {
  const asked = place.object<Undefinable<ImageAsked>>(OBJECTS.image, (fields) => ({
    user: () => {
      if (fields.optional("user") === undefined && fields.optional("ports") === undefined)
        return place.refuse("asks for nothing", `write ${OBJECTS.image.example}`);
      return readUser(fields.optional("user"));
    },
    ports: () => readPorts(fields.optional("ports")),
  }));
  return { kind: "image", asked: withoutAbsent(asked) };
}

function readUser(place: Place | undefined): string | undefined {
  const user = place?.text("nonroot");
  // As people write it elsewhere: taken for a name, it would be one that no image has.
  if (user !== undefined && /^non[-_. ]?root$/i.test(user) && user !== "nonroot") {
    return place?.refuse(`is ${quote(user)} (did you mean nonroot?)`, "write nonroot");
  }
  if (user === undefined || /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/.test(user)) return user;
  return place?.refuse(`is ${quote(user)}, which is no user`, "write nonroot, a name, or a number in quotes");
}

function readPorts(place: Place | undefined): readonly string[] | undefined {
  const items = place?.list("a list of ports", "[8080]", { mayBeEmpty: true });
  return items === undefined ? undefined : [...new Set(readEach(items, readPort))].toSorted();
}

function readPort(place: Place): string {
  const port = place.kind === "number" ? String(place.count()) : place.text('8080, or "53/udp"');
  const [, number, protocol = "tcp"] = /^([1-9][0-9]{0,4})(?:\/(tcp|udp|sctp))?$/.exec(port) ?? [];
  if (number !== undefined && Number(number) <= 65_535 && (place.kind === "number" || port.includes("/"))) return `${number}/${protocol}`;
  return place.refuse(`is ${quote(port)}, which is no port`, 'write a number from 1 to 65535, or "53/udp"');
}
