/** Asks a person at the terminal for one line. */

const ENTER = new Set(["\r", "\n", "\u0004"]);
const INTERRUPT = "\u0003";
const BACKSPACE = new Set(["\u007f", "\b"]);

/** The line typed, without echo if it is a secret; `undefined` if the user gave up. */
export function askLine(question: string, { isSecret }: { readonly isSecret: boolean }): Promise<string | undefined> {
  const { stdin, stderr } = process;
  // Before the question: whoever answers at once is not to see his secret.
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stderr.write(`${question}: `);
  return new Promise((resolve) => {
    let line = "";
    const finish = (answer: string | undefined, rest: string): void => {
      stdin.off("data", read).off("end", hangUp);
      stdin.setRawMode(false);
      stdin.pause();
      // What was pasted along answers the next question.
      if (rest !== "") stdin.unshift(rest, "utf8");
      stderr.write("\n");
      resolve(answer);
    };
    const read = (text: string): void => {
      const characters = [...text];
      for (const [index, character] of characters.entries()) {
        if (character === INTERRUPT) return finish(undefined, "");
        if (ENTER.has(character)) return finish(line, characters.slice(index + 1).join(""));
        const isErased = BACKSPACE.has(character);
        if (!isSecret && (!isErased || line !== "")) stderr.write(isErased ? "\b \b" : character);
        line = isErased ? line.slice(0, -1) : line + character;
      }
    };
    const hangUp = (): void => finish(undefined, "");
    stdin.on("data", read).on("end", hangUp);
    // A question before this one has paused it.
    stdin.resume();
  });
}
