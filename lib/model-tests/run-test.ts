/** Runs one test of a model: its compiled SQL, over small tables, in the engine of the tasks. What is on Spark is prepared and judged here. */
import type { DuckDBConnection } from '@duckdb/node-api';
import {
  createModel,
  locateFailure,
  MODEL_REMEDY,
  openEngine,
  quoteName,
  quoteText,
  rowsOf,
  sqlType,
  storedType,
} from '../../lambdas/shared/duckdb';
import type { CompiledModel } from '../compiler/models';
import type { SparkModel } from '../compiler/spark-models';
import { suggest } from '../pipeline/errors';
import type { OutputColumn } from '../tasks/common';
import { compareRows, type Difference } from './compare';
import type { Mistake } from './errors';
import { type JudgedRow, type JudgedTable, judgeTable, spelt } from './judge-rows';
import type { ModelTest } from './read-tests';
import type { Rejected, RowFunction } from './run-row-function';

/** A model that tests can name, and what its SQL reads. */
export interface TestedModel extends Pick<CompiledModel, 'name' | 'sql' | 'columns'> {
  /** in place of SQL */
  readonly rowFunction?: RowFunction;
  /** in place of SQL as well */
  readonly spark?: SparkModel;
  readonly inputs: readonly { readonly name: string; readonly columns: readonly OutputColumn[] }[];
  /** it runs inside the read of a file, where `_row` and `_file` are known */
  readonly isFused: boolean;
  /** runs of its pipeline have an interval */
  readonly hasInterval: boolean;
}

export interface Outcome {
  readonly name: string;
  readonly line: number;
  /** columns that were compared */
  readonly columns: readonly OutputColumn[];
  readonly difference?: Difference;
  /** the model failed on these rows */
  readonly error?: string;
  /** rows that a row function has made, and that a run would put into quarantine */
  readonly rejected: readonly Rejected[];
  /** the test itself is wrong: it did not run */
  readonly mistakes: readonly Mistake[];
}

export const hasPassed = ({ difference, error, mistakes }: Outcome): boolean =>
  difference === undefined && error === undefined && mistakes.length === 0;

export interface PreparedTest {
  readonly model: TestedModel;
  readonly test: ModelTest;
  readonly inputs: readonly Input[];
  readonly given: ReadonlyMap<string, JudgedTable>;
  readonly expected: JudgedTable;
  /** that are compared */
  readonly columns: readonly OutputColumn[];
  /** the test is not to be run if there are any */
  readonly mistakes: readonly Mistake[];
}

export async function runTest(model: TestedModel, test: ModelTest): Promise<Outcome> {
  const prepared = prepareTest(model, test);
  return outcomeOf(prepared, prepared.mistakes.length > 0 ? NOTHING : await execute(prepared));
}

export function prepareTest(model: TestedModel, test: ModelTest): PreparedTest {
  const inputs = inputsOf(model);
  const given = new Map(inputs.map(({ name, columns }) => [name, judgeGiven(test, name, columns)]));
  const expected = judgeTable(test.expect, model.columns, model.name);
  const mistakes = [
    ...unknownInputs(model, test),
    ...intervalMistakes(model, test),
    ...[...given.values(), expected].flatMap((table) => table.mistakes),
  ];
  // Of no rows at all every column is expected: there is nothing to leave out.
  const columns = expected.columns.length > 0 ? expected.columns : model.columns;
  return { model, test, inputs, given, expected, columns, mistakes: mistakes.sort((a, b) => a.line - b.line) };
}

/** `result` does not matter where the test has mistakes. */
export function outcomeOf({ test, expected, columns, mistakes }: PreparedTest, result: Made | Failed): Outcome {
  const about = { name: test.name, line: test.line, columns };
  if (mistakes.length > 0) return { ...about, rejected: [], mistakes };
  if ('error' in result) return { ...about, error: result.error, rejected: [], mistakes };
  const { rejected } = result;
  const difference = compareRows(expected.rows, result.rows, { columns, ordered: test.ordered });
  return { ...about, ...(difference ? { difference } : {}), rejected, mistakes };
}

export type Input = TestedModel['inputs'][number];

/** Where a row comes from can be said in a test as well; what is not said is made up. */
function inputsOf({ inputs, isFused, sql }: TestedModel): readonly Input[] {
  const added = ADDED.filter(({ name }) => isFused && new RegExp(`\\b${name}\\b`, 'i').test(sql));
  return inputs.map(({ name, columns }) => ({ name, columns: [...columns, ...added] }));
}

const ADDED: readonly OutputColumn[] = [
  { name: '_row', type: { type: 'bigint' }, nullable: true },
  { name: '_file', type: { type: 'text' }, nullable: true },
];

function judgeGiven(test: ModelTest, name: string, columns: readonly OutputColumn[]): JudgedTable {
  const table = test.given.get(name);
  return table === undefined ? { columns: [], rows: [], mistakes: [] } : judgeTable(table, columns, name);
}

function unknownInputs({ name, inputs }: TestedModel, { given }: ModelTest): Mistake[] {
  const known = inputs.map((input) => input.name);
  return [...given]
    .filter(([input]) => !known.includes(input))
    .map(([input, { line }]) => ({
      line,
      rule: `'${input}' is no input of ${name}`,
      remedy: suggest(input, known),
    }));
}

function intervalMistakes({ name, sql, spark, hasInterval }: TestedModel, { interval, line }: ModelTest): Mistake[] {
  if (interval !== undefined && !hasInterval) {
    return [{ line, rule: 'only runs of a schedule have an interval', remedy: 'Remove it.' }];
  }
  if (interval !== undefined || !(USES_INTERVAL.test(sql) || USES_INTERVAL.test(spark?.sql ?? ''))) return [];
  const rule = `the SQL of ${name} uses the interval of the run`;
  return [{ line, rule, remedy: 'Add e.g. interval: { start: 2026-01-01, end: 2026-01-02 }.' }];
}

/** As DuckDB is given it, and as it is written, which Spark's is as it is compiled. */
const USES_INTERVAL = /getvariable\('interval_(start|end)'\)|\{\{\s*interval\.(start|end)\s*\}\}/;

/** As much as small tables need. */
const MEMORY_MB = 512;

export interface Made {
  readonly rows: readonly JudgedRow[];
  readonly rejected: readonly Rejected[];
}
export interface Failed {
  readonly error: string;
}
const NOTHING: Made = { rows: [], rejected: [] };

async function execute({ model, test, inputs, given, columns }: PreparedTest): Promise<Made | Failed> {
  const { name, sql, rowFunction, columns: declared } = model;
  const { interval } = test;
  const engine = await openEngine({ threads: 1, memoryMb: MEMORY_MB, interval });
  try {
    const connection = await engine.connect();
    try {
      for (const input of inputs) {
        await connection.run(createModel('VIEW', input.name, tableSql(input.columns, given.get(input.name)!.rows)));
      }
      let rejected: readonly Rejected[] = [];
      if (rowFunction === undefined) await connection.run(createModel('VIEW', name, sql));
      else {
        // What it needs of row sources takes time to load.
        const { runRowFunction } = await import('./run-row-function');
        rejected = await runRowFunction(name, rowFunction, inputs[0]!, { engine, connection, interval });
      }
      return { rows: await actualRows(connection, quoteName(name), declared, columns), rejected };
    } catch (error) {
      if (rowFunction !== undefined) return { error: (error as Error).message };
      const { message } = await locateFailure(connection, name, sql, error);
      return { error: message.replace(MODEL_REMEDY, '') };
    } finally {
      connection.closeSync();
    }
  } finally {
    await engine.close();
  }
}

export function tableSql(columns: readonly OutputColumn[], rows: readonly JudgedRow[]): string {
  const select = (value: (column: OutputColumn) => string | null) =>
    `SELECT ${columns
      .map((column) => {
        const text = value(column);
        return `CAST(${text === null ? 'NULL' : quoteText(text)} AS ${sqlType(column.type)}) AS ${quoteName(column.name)}`;
      })
      .join(', ')}`;
  if (rows.length === 0) return `${select(() => null)} WHERE false`;
  return rows
    .map((row, index) => select(({ name }) => row.get(name) ?? (name === '_row' ? String(index + 1) : null)))
    .join('\nUNION ALL ');
}

/** All columns are read, in the types that the sinks get: what does not fit there must not pass here. */
export async function actualRows(
  connection: DuckDBConnection,
  relation: string,
  declared: readonly OutputColumn[],
  columns: readonly OutputColumn[],
): Promise<JudgedRow[]> {
  const all = declared.map((column) => {
    const value = `CAST(${quoteName(column.name)} AS ${storedType(column.type)})`;
    return `CAST(${value} AS VARCHAR) AS ${quoteName(column.name)}`;
  });
  const rows = await rowsOf(connection, `SELECT ${all.join(', ')} FROM ${relation}`);
  return rows.map((row) => actualRow(row, columns));
}

const actualRow = (row: Readonly<Record<string, unknown>>, columns: readonly OutputColumn[]): JudgedRow =>
  new Map(
    columns.map(({ name, type }) => {
      const value = row[name];
      return [name, value === null || value === undefined ? null : spelt(type, String(value))];
    }),
  );
