/** `{{interval.start}}` and `{{interval.end}}` in SQL: variables that each run sets, never text that is pasted. */
import type { Pipeline } from '../pipeline/types';
import { OPAQUE, SqlError } from './sql';

/** Runs of a schedule, and those that they start. */
export const runsHaveIntervals = ({ trigger }: Pipeline): boolean =>
  trigger.kind === 'cron' || (trigger.kind === 'after' && trigger.hasIntervals === true);

const VARIABLES: Readonly<Record<string, string>> = {
  'interval.start': "getvariable('interval_start')",
  'interval.end': "getvariable('interval_end')",
};
/** As templates of text want it. */
const QUOTED = /^'\s*\{\{[^{}']*\}\}\s*'$/;
/** What is opaque stays as it is. */
const TOKENS = new RegExp(`${OPAQUE.source}|\\{\\{([^{}]*)\\}\\}|\\{\\s*interval\\.[^{}]*\\}`, 'g');
/** As dbt names what a model reads. */
const REFERENCE = /^(?:ref|source)\(.*?['"](\w+)['"]\s*\)$/;

/**
 * @example bindInterval("SELECT * FROM sales WHERE at >= {{interval.start}}", true)
 * // "SELECT * FROM sales WHERE at >= getvariable('interval_start')"
 * @throws {SqlError} for another name, and where runs have no interval
 */
export function bindInterval(sql: string, runsHaveIntervals: boolean): string {
  return sql.replace(TOKENS, (token, _tag: string | undefined, name: string | undefined) => {
    if (name === undefined) {
      if (QUOTED.test(token)) {
        throw new SqlError(
          `${token} in quotes is a text, not the interval`,
          'Write {{interval.start}} or {{interval.end}} without quotes: they are timestamps.',
        );
      }
      if (token.startsWith('{')) {
        const rule = `'${token}' has single braces, as in a request of httpApi()`;
        throw new SqlError(rule, 'In SQL write {{interval.start}} or {{interval.end}}.');
      }
      return token;
    }
    const variable = VARIABLES[name.trim()];
    if (variable === undefined) {
      const [, table] = REFERENCE.exec(name.trim()) ?? [];
      if (table !== undefined) {
        throw new SqlError(
          `'${token}' is no variable`,
          `Write ${table}: sources and models are tables by their names.`,
        );
      }
      throw new SqlError(
        `'${token}' is no variable`,
        'Use {{interval.start}} or {{interval.end}}, which are timestamps: the day is CAST({{interval.start}} AS date).',
      );
    }
    if (!runsHaveIntervals) {
      throw new SqlError(
        `'${token}' is only known in runs of a schedule, and in those that they start with after()`,
        'Leave it out, or use cron() for the trigger: of this pipeline, or of the first one that it starts after.',
      );
    }
    return variable;
  });
}
