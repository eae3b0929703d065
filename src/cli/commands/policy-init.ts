/** `policy init`: writes a policy that works, from what is found on this machine. */
import { showForeign } from "../../core/display.ts";
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Policy } from "../../core/policy.ts";
import { formatReference, parseReference, pinReference, repositoryOf, tryParseReference } from "../../core/reference.ts";
import { quoteWord } from "../../core/shell.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { saveNamedFile } from "../../files/named.ts";
import { decodePolicy } from "../../policy/countersign/document.ts";
import { type Draft, draftPolicy } from "../../policy/countersign/draft.ts";
import type { Setup } from "../../setup.ts";
import { PROJECT_POLICY } from "../../trust/policy-above.ts";
import { findInstalledPolicy, loadFoundPolicy } from "../../trust/policy-file.ts";
import type { Call } from "../declaration.ts";
import { composeDraft } from "../compose-draft.ts";
import { findKeySigners, type FoundSigners, type KeySigner } from "../find-signers.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { missingStoreNotes, notesOn } from "../policy-notes.ts";
import { repeatConfig } from "../render/remedy.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values, known } = call;
  const out = values.text("out") ?? PROJECT_POLICY;
  const named = words.map(imageOfWord);
  return withSetup(call, async (opened) => {
    const notary = await installedPolicy(opened);
    const images = named.length > 0 ? named : await imagesOf(notary, call);
    const found = await findKeySigners(opened);
    const draft = composeDraft(
      images.map(({ repository }) => repository),
      { keys: found.signers, notary },
    );
    if (typeof draft === "string") throw nobodySigns(draft, found);
    const text = draftPolicy(draft, { file: quoteWord(out) });
    const bytes = Buffer.from(text, "utf8");
    // What is written is read first: a policy that does not load is of no use to anybody.
    const policy = await decodePolicy(bytes, { source: out });
    await saveNamedFile(out, bytes, {
      mode: 0o644,
      replace: values.flag("force"),
      remedy: "name another file with --out, or replace it with --force",
    });
    const unusable = found.unusable.map(({ message, remedy }) => `${message}; try: ${repeatConfig(remedy, known)}`);
    const [first] = images;
    const image = first && { ...first, toSign: await pinned(first, opened) };
    const next = nextCommands(out, draft, { image, keys: found.signers });
    const isDigestWanted = next.some((command) => command.startsWith("countersign sign ") && command.includes(`@${DIGEST} `));
    const notes = [
      ...draft.notes,
      ...unusable,
      ...policy.warnings,
      ...notesOn(policy),
      ...(await missingStoreNotes(policy, opened.trust, call)),
      ...(isDigestWanted
        ? [`${DIGEST} is what \`countersign tree ${quoteWord(first?.text ?? "")}\` shows: a tag can move before it is signed`]
        : []),
    ];
    const commands = next.map((command) => repeatConfig(command, known));
    if (values.text("output") === "json") {
      const { version, digest } = policy;
      print(
        io,
        JSON.stringify(
          { apiVersion: API_VERSION, kind: "PolicyInit", file: out, version, digest, ...draft, notes, next: commands },
          null,
          2,
        ),
      );
      return 0;
    }
    if (!call.global.quiet) for (const note of notes) remark(io, `note: ${showForeign(note, 4096)}`);
    print(
      io,
      [`wrote ${out}`, ...draft.gates.map((gate) => `  gate ${gate.name} asks for a signature by ${gate.by.join(" or ")}`)].join("\n"),
    );
    for (const { repository, gate } of draft.products) print(io, `  ${showForeign(repository)} is for gate ${gate}`);
    print(io, ["next:", ...commands.map((command) => `  ${command}`)].join("\n"));
    return 0;
  });
}

interface Image {
  readonly repository: string;
  /** With the tag or digest that was given; with TAG where none was, because a guess may lead to another image. */
  readonly text: string;
}

/** In place of one that is not known. */
const DIGEST = "DIGEST";
/** So long the registry may take to say what a tag leads to; nobody waits longer for a better proposal. */
const LOOK_MS = 5_000;

/** What is signed is named by digest: that of the tag, where the registry can be asked. */
async function pinned({ repository, text }: Image, { openStore }: Setup): Promise<string> {
  const reference = tryParseReference(text);
  if (reference?.digest !== undefined) return text;
  try {
    if (reference === undefined || reference.tag === undefined || text === unnamed(repository)) return `${repository}@${DIGEST}`;
    const { descriptor } = await (await openStore(reference)).resolve(reference, { signal: AbortSignal.timeout(LOOK_MS) });
    return formatReference(pinReference(reference, descriptor.digest));
  } catch (error) {
    if (!(error instanceof CountersignError || error instanceof Malformed)) throw error;
    return `${repository}@${DIGEST}`;
  }
}

/** For the first of the images, with a key that its gate asks for. */
function nextCommands(
  out: string,
  { products, gates }: Draft,
  { image, keys }: { readonly image: (Image & { readonly toSign: string }) | undefined; readonly keys: readonly KeySigner[] },
): readonly string[] {
  const check = `countersign policy check ${quoteWord(out)}`;
  if (image === undefined) return [check];
  const place = products.find(({ repository }) => repository === image.repository);
  const by = gates.find(({ name }) => name === place?.gate)?.by;
  const key = by?.find((name) => keys.some((one) => one.name === name));
  const policy = `--policy ${quoteWord(out)}`;
  return [
    check,
    ...(key === undefined ? [] : [`countersign sign ${quoteWord(image.toSign)} --key ${quoteWord(key)} ${policy}`]),
    `countersign verify ${quoteWord(image.text)} ${policy}`,
  ];
}

function unnamed(repository: string): string {
  return `${repository}:TAG`;
}

function imageOfWord(word: string): Image {
  const reference = parseReference(word);
  if (reference.kind === "registry") {
    const repository = repositoryOf(reference);
    const isTagged = /[:@]/.test(word.slice(word.lastIndexOf("/") + 1));
    return { repository, text: isTagged ? formatReference(reference) : unnamed(repository) };
  }
  throw new CountersignError(
    "usage/invalid",
    `Cannot write a policy for "${word}": a folder or archive does not say which repository it is of`,
    {
      remedy: "name the repository: countersign policy init registry.example/team/app",
    },
  );
}

async function installedPolicy({ paths }: Setup): Promise<Policy | undefined> {
  const path = findInstalledPolicy(paths.notaryPolicies);
  return path === undefined ? undefined : (await loadFoundPolicy(path)).policy;
}

async function imagesOf(notary: Policy | undefined, { io }: Call): Promise<readonly Image[]> {
  const places = (notary?.gates ?? []).flatMap((gate) => gate.places).filter((place) => place !== "*");
  if (places.length > 0) return places.map((repository) => ({ repository, text: unnamed(repository) }));
  const answer = io.isTerminal ? await io.ask?.("In which repository are the images? registry.example/team/app") : undefined;
  if (answer !== undefined && answer.trim() !== "") return [imageOfWord(answer.trim())];
  throw new CountersignError("usage/invalid", "Cannot write a policy: nobody said in which repository the images are", {
    remedy: "countersign policy init registry.example/team/app",
  });
}

function nobodySigns(repository: string, { unusable }: FoundSigners): CountersignError {
  const [first] = unusable;
  const why =
    first === undefined ? "there is no key with certificates that a trust store knows" : unusable.map(({ message }) => message).join("; ");
  const remedy =
    first?.remedy ??
    "countersign cert test NAME --trust makes one to try things with; else countersign key import NAME --key key.pem --cert chain.pem, and countersign trust add ca:NAME root.pem";
  return new CountersignError("key/not-found", `Cannot write a policy for "${repository}": nobody was found who could sign: ${why}`, {
    remedy,
  });
}
