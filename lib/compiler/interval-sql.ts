/** `{{interval.start}}` and `{{interval.end}}` in SQL: variables that each run sets, never text that is pasted. */
import { SqlError } from './sql';

const VARIABLES: Readonly<Record<string, string>> = {
  'interval.start': "getvariable('interval_start')",
  'interval.end': "getvariable('interval_end')",
};
/** What the compiler sets, to ask DuckDB for types. */
export const ANY_INTERVAL = [
  "SET VARIABLE interval_start = TIMESTAMP '2026-01-01 00:00:00'",
  "SET VARIABLE interval_end = TIMESTAMP '2026-01-02 00:00:00'",
] as const;

/** Texts, quoted names and comments stay as they are. */
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|\{\{([^{}]*)\}\}/g;

/**
 * @example bindInterval("SELECT * FROM sales WHERE at >= {{interval.start}}", true)
 * // "SELECT * FROM sales WHERE at >= getvariable('interval_start')"
 * @throws {SqlError} for another name, and where runs have no interval
 */
export function bindInterval(sql: string, runsHaveIntervals: boolean): string {
  return sql.replace(TOKENS, (token, _tag: string | undefined, name: string | undefined) => {
    if (name === undefined) return token;
    const variable = VARIABLES[name.trim()];
    if (variable === undefined) {
      throw new SqlError(`'${token}' is no variable`, 'Use {{interval.start}} or {{interval.end}}.');
    }
    if (!runsHaveIntervals) {
      throw new SqlError(
        `'${token}' is only known in runs of a schedule`,
        'Use cron() for a trigger, or leave it out.',
      );
    }
    return variable;
  });
}
