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

export function renderBash(): string {
  const options = COMMANDS.map(({ name, options: own }) => {
    const flags = [...own, ...GLOBAL_OPTIONS].map(longFlag);
    return `    ${quoteShell(name)}) COMPREPLY=($(compgen -W ${quoteShell(flags.join(" "))} -- "$word")) ;;`;
  });
  // An option's choices may differ from command to command, so the command is part of the case.
  const choices = COMMANDS.flatMap(({ name, options: own }) =>
    own
      .filter((option) => option.choices !== undefined)
      .map(
        (option) =>
          `    ${quoteShell(`${name} ${longFlag(option)}`)}) COMPREPLY=($(compgen -W ${quoteShell(option.choices?.join(" ") ?? "")} -- "$word")); return ;;`,
      ),
  );
  const families = Object.keys(FAMILIES).map(
    (family) =>
      `    ${family}) COMPREPLY=($(compgen -W ${quoteShell(
        secondWords(family)
          .map(([word]) => word)
          .join(" "),
      )} -- "$word")) ;;`,
  );
  const keyOptions = COMMANDS.flatMap(({ name, options: own }) =>
    own.filter(({ kind }) => kind === "key").map((option) => quoteShell(`${name} ${longFlag(option)}`)),
  );
  return `# bash completion for countersign: eval "$(countersign completion bash)"
_countersign() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} at=1 verbs=() config=()
  while [ "$at" -lt "$COMP_CWORD" ]; do
    case \${COMP_WORDS[at]} in
    --config) config=(--config "\${COMP_WORDS[at + 1]}"); at=$((at + 1)) ;;
    ${GLOBALS_WITH_VALUE.join("|")}) at=$((at + 1)) ;;
    -*) ;;
    *) verbs+=("\${COMP_WORDS[at]}") ;;
    esac
    at=$((at + 1))
  done
  local command=\${verbs[0]}
  COMPREPLY=()
  # The value of a global option: a file, or nothing that is known here.
  if [ "$at" -gt "$COMP_CWORD" ]; then return; fi
  if [ "\${#verbs[@]}" -eq 0 ] && [[ $word != -* ]]; then
    COMPREPLY=($(compgen -W ${quoteShell(
      firstWords()
        .map(([name]) => name)
        .join(" "),
    )} -- "$word"))
    return
  fi
  case $command in ${Object.keys(FAMILIES).join("|")})
    if [ "\${#verbs[@]}" -eq 1 ] && [[ $word != -* ]]; then
      case $command in
${families.join("\n")}
      esac
      return
    fi
    command="$command \${verbs[1]}" ;;
  esac
  case "$command $before" in
${choices.join("\n")}
    ${keyOptions.join("|")}) _countersign_keys; return ;;
  esac
  case $word in
  -*) case $command in
    "") COMPREPLY=($(compgen -W ${quoteShell(GLOBAL_OPTIONS.map(longFlag).join(" "))} -- "$word")) ;;
${options.join("\n")}
    esac ;;
  esac
}
# Names of the key ring, and files. Bash puts what is completed on the line as it stands, so other names are left out.
_countersign_keys() {
  local name
  while read -r name; do
    case $name in *[!a-zA-Z0-9_.-]*) ;; "$word"*) COMPREPLY+=("$name") ;; esac
  done < <("\${COMP_WORDS[0]}" "\${config[@]}" key list --output name 2>/dev/null)
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
