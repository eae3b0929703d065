/** Asks a person at the terminal for one line. */

const ENTER = new Set(["\r", "\n", "\u0004"]);
const INTERRUPT = "\u0003";
const BACKSPACE = new Set(["\u007f", "\b"]);

/** The line typed, without echo if it is a secret; `undefined` if the user gave up. */
export function askLine(question: string, { isSecret }: { readonly isSecret: boolean }): Promise<string | undefined> {
  const { stdin, stderr } = process;
  stderr.write(`${question}: `);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  return new Promise((resolve) => {
    let line = "";
    const finish = (answer: string | undefined): void => {
      stdin.off("data", read);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
      resolve(answer);
    };
    const read = (text: string): void => {
      for (const character of text) {
        if (character === INTERRUPT) return finish(undefined);
        if (ENTER.has(character)) return finish(line);
        const isErased = BACKSPACE.has(character);
        if (!isSecret && (!isErased || line !== "")) stderr.write(isErased ? "\b \b" : character);
        line = isErased ? line.slice(0, -1) : line + character;
      }
    };
    stdin.on("data", read);
  });
}
