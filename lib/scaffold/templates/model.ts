/** The SQL of a first model, and its test: what every template shares. */
import { scalar } from './code';

export interface ModelColumn {
  readonly name: string;
  /** the SQL makes this of it; absent: it is passed on */
  readonly sql?: string;
}

export interface ModelTestRow {
  readonly given: Readonly<Record<string, string | null>>;
  readonly expect: Readonly<Record<string, string | null>>;
}

export const modelSql = (source: string, columns: readonly ModelColumn[], comment: string): string =>
  `-- ${comment}
SELECT
${columns.map(({ name, sql }) => `  ${sql === undefined ? name : `${sql} AS ${name}`}`).join(',\n')}
FROM ${source}
`;

export const modelTest = (source: string, name: string, { given, expect }: ModelTestRow, interval?: string): string =>
  `# Small tables in, table out: npx stepwell test. Columns that do not matter may be left out.
- name: ${name}
${interval === undefined ? '' : `  interval: ${interval}\n`}  given:
    ${source}:
${members(given, 6)}
  expect:
${members(expect, 4)}
`;

/** One row of a list, a member a line. */
const members = (row: Readonly<Record<string, string | null>>, indent: number): string =>
  Object.entries(row)
    .map(([name, value], index) => `${' '.repeat(indent)}${index === 0 ? '- ' : '  '}${name}: ${scalar(value)}`)
    .join('\n');
