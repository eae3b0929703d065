/** Completion scripts from the command table: commands, options, choices, names of keys; files where a file is wanted. */
import type { OptionDeclaration } from "../declaration.ts";
import { COMMANDS, FAMILIES } from "../commands/table.ts";
import { GLOBAL_OPTIONS } from "../options.ts";
import { optionName } from "../parse.ts";
import { quoteShell } from "../../core/shell.ts";

/** First words, each with its summary. */
function firstWords(): readonly (readonly [word: string, summary: string])[] {
  const single = COMMANDS.filter(({ name }) => !name.includes(" ")).map(({ name, summary }) => [name, summary] as const);
  return [...single, ...Object.entries(FAMILIES), ["help", "display help for a command"]];
}

function secondWords(family: string): readonly (readonly [word: string, summary: string])[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${family} `)).map(({ name, summary }) => [name.slice(family.length + 1), summary]);
}

function longFlag({ flags }: OptionDeclaration): string {
  return `--${optionName(flags)}`;
}

const GLOBALS_WITH_VALUE: readonly string[] = GLOBAL_OPTIONS.filter(({ flags }) => flags.includes("<")).map(longFlag);

function wantsFile({ kind }: OptionDeclaration): boolean {
  return kind === "file" || kind === "folder";
}

/** Completes with those of `words` that start as the word at the cursor. */
function bashWords(words: readonly string[]): string {
  return `COMPREPLY=($(compgen -W ${quoteShell(words.join(" "))} -- "$word"))`;
}

function wordsAlone(words: readonly (readonly [word: string, summary: string])[]): readonly string[] {
  return words.map(([word]) => word);
}

/** How bash completes what stands at a place, if it is more than a file. */
function bashAction({ kind, choices }: Pick<OptionDeclaration, "kind" | "choices">): string | undefined {
  if (choices !== undefined) return bashWords(choices);
  if (kind === "key") return "_countersign_names key; _countersign_files";
  if (kind === "key-name") return "_countersign_names key";
  return kind === "store" ? "_countersign_names trust" : undefined;
}

function bashCase(place: string, declared: Pick<OptionDeclaration, "kind" | "choices">): readonly string[] {
  const action = bashAction(declared);
  return action === undefined ? [] : [`    ${quoteShell(place)}) ${action}; return ;;`];
}

export function renderBash(): string {
  const options = COMMANDS.map(
    ({ name, options: own }) => `    ${quoteShell(name)}) ${bashWords([...own, ...GLOBAL_OPTIONS].map(longFlag))} ;;`,
  );
  // What an option takes may differ from command to command, so the command is part of the case.
  const values = COMMANDS.flatMap(({ name, options: own }) => own.flatMap((option) => bashCase(`${name} ${longFlag(option)}`, option)));
  const places = COMMANDS.flatMap(({ name, arguments: declared }) =>
    declared.flatMap((argument, place) => bashCase(`${name} ${place}`, argument)),
  );
  const families = Object.keys(FAMILIES).map((family) => `    ${family}) ${bashWords(wordsAlone(secondWords(family)))} ;;`);
  return `# bash completion for countersign: eval "$(countersign completion bash)"
_countersign() {
  local piece words=() at=1 verbs=() config=()
  # Bash splits at colons: ca:acme comes in three pieces.
  for piece in "\${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
    if [ "\${#words[@]}" -gt 0 ] && [[ $piece == :* || \${words[\${#words[@]} - 1]} == *: ]]; then
      words[\${#words[@]} - 1]+=$piece
    else
      words+=("$piece")
    fi
  done
  local last=$((\${#words[@]} - 1))
  local word=\${words[last]} before=\${words[last - 1]}
  while [ "$at" -lt "$last" ]; do
    case \${words[at]} in
    --config) config=(--config "\${words[at + 1]}"); at=$((at + 1)) ;;
    ${GLOBALS_WITH_VALUE.join("|")}) at=$((at + 1)) ;;
    -*) ;;
    *) verbs+=("\${words[at]}") ;;
    esac
    at=$((at + 1))
  done
  COMPREPLY=()
  # The value of a global option: a file, or nothing that is known here.
  if [ "$at" -gt "$last" ]; then return; fi
  if [ "\${verbs[0]}" = help ]; then verbs=("\${verbs[@]:1}"); fi
  local command=\${verbs[0]} given=$((\${#verbs[@]} - 1))
  if [ "\${#verbs[@]}" -eq 0 ] && [[ $word != -* ]]; then
    ${bashWords(wordsAlone(firstWords()))}
    return
  fi
  case $command in ${Object.keys(FAMILIES).join("|")})
    if [ "\${#verbs[@]}" -eq 1 ] && [[ $word != -* ]]; then
      case $command in
${families.join("\n")}
      esac
      return
    fi
    command="$command \${verbs[1]}" given=$((given - 1)) ;;
  esac
  case "$command $before" in
${values.join("\n")}
  esac
  case $word in
  -*) case $command in
    "") ${bashWords(GLOBAL_OPTIONS.map(longFlag))} ;;
${options.join("\n")}
    esac
    return ;;
  esac
  case "$command $given" in
${places.join("\n")}
  esac
}
# Names from a list of the program's own. Bash puts what is completed on the line as it stands, so other names are left out.
_countersign_names() {
  local name kept=
  if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then kept=\${word%"\${word##*:}"}; fi
  while read -r name; do
    case $name in *[!a-zA-Z0-9_.:-]*) ;; "$word"*) COMPREPLY+=("\${name#"$kept"}") ;; esac
  done < <("\${COMP_WORDS[0]}" "\${config[@]}" "$1" list --output name 2>/dev/null)
}
_countersign_files() {
  local name
  while read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$word")
  compopt -o filenames 2>/dev/null
}
complete -o default -F _countersign countersign`;
}

function zshDescribe(words: readonly (readonly [word: string, summary: string])[]): string {
  return words.map(([word, summary]) => quoteShell(`${word}:${summary.replaceAll(":", "\\:")}`)).join(" ");
}

export function renderZsh(): string {
  const cases = COMMANDS.map(
    ({ name, options: own }) =>
      `    ${quoteShell(name)}) _arguments -S ${[...own, ...GLOBAL_OPTIONS].map(zshOption).join(" ")} '*:reference or file:_files' ;;`,
  );
  const families = Object.keys(FAMILIES).map((family) => `      ${family}) words_of=(${zshDescribe(secondWords(family))}) ;;`);
  return `#compdef countersign
# zsh completion for countersign: countersign completion zsh > "\${fpath[1]}/_countersign"
_countersign() {
  local -a words_of config
  local at=2
  while (( at < CURRENT )); do
    case $words[at] in
    --config) config=(--config "$words[at+1]"); (( at += 2 )) ;;
    ${GLOBALS_WITH_VALUE.join("|")}) (( at += 2 )) ;;
    -*) (( at++ )) ;;
    *) break ;;
    esac
  done
  if (( at > CURRENT )) { _files; return }
  if [[ $at -eq $CURRENT && $words[CURRENT] == -* ]] { _arguments -S ${GLOBAL_OPTIONS.map(zshOption).join(" ")}; return }
  words=($words[1] "\${(@)words[at,-1]}"); (( CURRENT -= at - 2 ))
  if (( CURRENT == 2 )); then
    words_of=(${zshDescribe(firstWords())})
    _describe command words_of
    return
  fi
  local command=\${words[2]}
  case $command in ${Object.keys(FAMILIES).join("|")})
    if (( CURRENT == 3 )); then
      case $command in
${families.join("\n")}
      esac
      _describe command words_of
      return
    fi
    command="$command \${words[3]}"
    shift words; (( CURRENT-- )) ;;
  esac
  shift words; (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
_countersign_keys() {
  local -a names
  names=(\${(f)"$(countersign $config key list --output name 2>/dev/null)"})
  compadd -a names
  _files
}
if [ "$funcstack[1]" = _countersign ]; then _countersign "$@"; else compdef _countersign countersign; fi`;
}

function zshOption(option: OptionDeclaration): string {
  const summary = option.summary.replaceAll("[", "(").replaceAll("]", ")").replaceAll(":", " ");
  const value = !option.flags.includes("<")
    ? ""
    : option.choices
      ? `:value:(${option.choices.join(" ")})`
      : option.kind === "key"
        ? ":key:_countersign_keys"
        : wantsFile(option)
          ? ":file:_files"
          : ":value: ";
  return quoteShell(`${option.repeatable === true ? "*" : ""}${longFlag(option)}[${summary}]${value}`);
}

export function renderFish(): string {
  const none = fishQuote(
    `not __fish_seen_subcommand_from ${firstWords()
      .map(([word]) => word)
      .join(" ")}`,
  );
  const lines = [
    "# fish completion for countersign: countersign completion fish | source",
    // Not __fish_use_subcommand: it takes the value of a global option for the command.
    `complete -c countersign -n ${none} -f`,
  ];
  for (const [word, summary] of firstWords()) lines.push(`complete -c countersign -n ${none} -a ${word} -d ${fishQuote(summary)}`);
  for (const family of Object.keys(FAMILIES)) {
    const seconds = secondWords(family);
    const noneYet = `__fish_seen_subcommand_from ${family}; and not __fish_seen_subcommand_from ${seconds.map(([word]) => word).join(" ")}`;
    for (const [word, summary] of seconds)
      lines.push(`complete -c countersign -n ${fishQuote(noneYet)} -f -a ${word} -d ${fishQuote(summary)}`);
  }
  for (const { name, options: own } of COMMANDS) {
    const seen = name
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ");
    for (const option of own) lines.push(`complete -c countersign -n ${fishQuote(seen)} ${fishOption(option)}`);
  }
  for (const option of GLOBAL_OPTIONS) lines.push(`complete -c countersign ${fishOption(option)}`);
  return lines.join("\n");
}

function fishOption(option: OptionDeclaration): string {
  const value = !option.flags.includes("<")
    ? ""
    : option.choices
      ? ` -x -a ${fishQuote(option.choices.join(" "))}`
      : option.kind === "key"
        ? " -r -a '(countersign key list --output name 2>/dev/null)'"
        : wantsFile(option)
          ? " -r"
          : " -x";
  return `-l ${longFlag(option).slice(2)}${value} -d ${fishQuote(option.summary)}`;
}

/** Single quotes for fish, in which a backslash and a quote are escaped. */
function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
