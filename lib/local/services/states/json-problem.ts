/** What is wrong with a text that should be JSON, in the words of the parser that AWS uses; undefined when nothing is. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return found(text) ?? (error as Error).message;
  }
}

const EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

function found(text: string): string | undefined {
  const at = (index: number) => `at [Source: (String)"${text}"; ${position(text, index)}]`;
  const start = text.search(/\S/);
  if (start < 0) return 'No content to map due to end-of-input';
  const [word] = /^[A-Za-z_$][\w$]*/.exec(text.slice(start)) ?? [];
  if (word !== undefined && !['null', 'true', 'false'].includes(word)) {
    return `Unrecognized token '${word}': was expecting ${EXPECTED}\n ${at(start + word.length)}`;
  }
  return undefined;
}

function position(text: string, index: number): string {
  const lines = text.slice(0, index).split('\n');
  return `line: ${lines.length}, column: ${lines.at(-1)!.length + 1}`;
}
