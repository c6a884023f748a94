/**
 * A case is a file `cases/<topic>/<case>.sql`, of statements that run one after the other in one session, in a schema of their own. After a statement
 * comes what is expected of it, if anything is beyond that it succeeds:
 * ```sql
 * SELECT 7 / 2;
 * --> 3
 * SELECT id, name FROM t ORDER BY id;
 * --> [[1, "a"], [2, null]]
 * SELECT 1 / 0;
 * --! Divide by zero
 * ```
 * `-->` is JSON: the rows, or one row, or the one value of one row. `--!` is a part of the error's text. `--put key "body"` makes an object,
 * `--get key "body"` expects one. `{schema}`, `{bucket}`, `{role}` and `{prefix}` stand for the case's own.
 */
export type Step =
  | {
      readonly kind: 'sql';
      readonly line: number;
      readonly sql: string;
      readonly rows?: unknown;
      readonly error?: string;
    }
  | { readonly kind: 'put' | 'get'; readonly line: number; readonly key: string; readonly body: string };

export function parseCase(text: string): Step[] {
  const steps: Step[] = [];
  let lines: string[] = [];
  let inBody = false;
  for (const [index, line] of text.split('\n').entries()) {
    const last = steps.at(-1);
    const object = /^--(put|get) (\S+) (".*")$/.exec(line);
    if (!inBody && object) {
      const [, kind, key, body] = object as unknown as [string, 'put' | 'get', string, string];
      steps.push({ kind, line: index + 1, key, body: JSON.parse(body) as string });
    } else if (!inBody && line.startsWith('--> ') && last?.kind === 'sql') {
      steps[steps.length - 1] = { ...last, rows: rowsOf(JSON.parse(line.slice(4))) };
    } else if (!inBody && line.startsWith('--! ') && last?.kind === 'sql') {
      steps[steps.length - 1] = { ...last, error: line.slice(4) };
    } else if (!inBody && lines.length === 0 && (line.trim() === '' || line.startsWith('--'))) {
      // a comment, or between two statements
    } else {
      lines.push(line);
      if ((line.split('$$').length - 1) % 2 === 1) inBody = !inBody;
      if (!inBody && line.trimEnd().endsWith(';')) {
        const sql = lines.join('\n').trimEnd().slice(0, -1);
        steps.push({ kind: 'sql', line: index + 2 - lines.length, sql });
        lines = [];
      }
    }
  }
  if (lines.length > 0) throw new Error(`The last statement does not end: ${lines.join('\n')}`);
  return steps;
}

function rowsOf(given: unknown): unknown {
  if (!Array.isArray(given)) return [[given]];
  return given.every(Array.isArray) ? given : [given];
}
