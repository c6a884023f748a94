/** Calls a row function for each row of a test, the way its task does; what it returns goes through the contract and Parquet as there. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { PartitionDrift } from '../../lambdas/shared/contract/partition-drift';
import { createModel, type Engine, quoteName, quoteText, sqlType } from '../../lambdas/shared/duckdb';
import { Batch } from '../../lambdas/shared/rows/batch';
import { MemberMatcher } from '../../lambdas/shared/rows/match-members';
import { openParquetEncoder } from '../../lambdas/shared/rows/parquet-encoder';
import { readRows } from '../../lambdas/transform-rows/read-rows';
import { callForEach, type UserCode } from '../../lambdas/transform-rows/transform-rows';
import type { RowFunctionModel } from '../pipeline/types';
import type { ContractColumn, OutputColumn } from '../tasks/common';
import type { Interval } from '../tasks/schedule';

export interface RowFunction {
  readonly model: RowFunctionModel;
  /** of its file, absolute */
  readonly file: string;
}

/** A row that a run would put into quarantine. */
export interface Rejected {
  /** of the rows given, from 1 */
  readonly row: number;
  readonly column: string | null;
  readonly reason: string;
}

interface Services {
  readonly engine: Engine;
  readonly connection: DuckDBConnection;
  readonly interval?: Interval | undefined;
}

/** Makes the model a view. @throws what the task would throw */
export async function runRowFunction(
  name: string,
  { model, file }: RowFunction,
  input: { readonly name: string; readonly columns: readonly OutputColumn[] },
  { engine, connection, interval }: Services,
): Promise<Rejected[]> {
  const columns = contractOf(model);
  const drift = new PartitionDrift({ name, columns, onDrift: model.onDrift });
  const batch = new Batch({ columns, strings: 'document', evidence: drift.evidence });
  const matcher = new MemberMatcher({
    columns,
    drift,
    source: name,
    place: `model ${name}`,
    evolve: (member) => batch.addColumn(member),
  });
  const rejected: Rejected[] = [];
  const rows = readRows(connection, input.name, input.columns);
  const userCode = (await import(file)) as UserCode;
  const about = { run: { interval }, model: { name, file: model.file } };
  await callForEach(
    rows,
    about,
    defaultOf(userCode),
    { log: console },
    {
      write: (row, position) => {
        const members = matcher.match(row);
        const bad = 'reason' in members ? { column: null, ...members } : batch.add(row, members);
        if (bad) rejected.push({ row: position, ...bad });
      },
      reject: (position, reason) => {
        rejected.push({ row: position, column: null, reason });
      },
    },
  );
  await connection.run(createModel('VIEW', name, await resultSql(batch, columns, engine)));
  return rejected;
}

/** `import` of a CommonJS module may wrap its exports, `default` and all, into another `default`. */
function defaultOf({ default: made }: UserCode): UserCode {
  const wrapped = made as { default?: unknown } | undefined;
  return { default: typeof wrapped === 'object' && wrapped !== null && 'default' in wrapped ? wrapped.default : made };
}

async function resultSql(batch: Batch, columns: readonly ContractColumn[], engine: Engine): Promise<string> {
  const select = (value: (column: string) => string) =>
    columns
      .map(({ name, type }) => `CAST(${value(quoteName(name))} AS ${sqlType(type)}) AS ${quoteName(name)}`)
      .join(', ');
  const { rows } = batch;
  if (rows === 0) return `SELECT ${select(() => 'NULL')} WHERE false`;
  const { file } = await openParquetEncoder().encode(batch.seal(), rows);
  const made = path.join(engine.folder, 'made.parquet');
  await writeFile(made, file);
  return `SELECT ${select((column) => column)} FROM read_parquet(${quoteText(made)}, hive_partitioning = false)`;
}

const contractOf = ({ columns }: RowFunctionModel): ContractColumn[] =>
  Object.entries(columns).map(([name, { type, isNullable, isKey, header }]) => ({
    name,
    type,
    nullable: isNullable,
    key: isKey,
    ...(header === undefined ? {} : { from: header }),
  }));
