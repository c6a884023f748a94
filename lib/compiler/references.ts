/** Columns that sinks and checks name must be columns of their model: known only once DuckDB has described the SQL. */
import { type Problem, show } from '../pipeline/errors';
import { isLive } from '../pipeline/runs-of-stream';
import type { Pipeline, Sink } from '../pipeline/types';
import { SYSTEM_COLUMNS } from '../pipeline/words';
import { type ColumnType, HISTORY_COLUMNS, type OutputColumn } from '../tasks/common';
import { checkProblems, named, patternProblem, typeOf } from './check-references';
import { type Catalog, openCatalog, quoteName } from './duckdb';
import { bindInterval, runsHaveIntervals } from './interval-sql';
import { keyspacesProblems } from './keyspaces-problems';
import { maskedProblems } from './masked-columns';
import { type CompiledModel, sourceColumns } from './models';
import { bindingError, SqlError } from './sql';
import { toDuckDB } from './types-duckdb';

type Columns = readonly OutputColumn[];

/** Of sinks and checks whose model compiled. */
export async function validateColumns(pipeline: Pipeline, models: readonly CompiledModel[]): Promise<Problem[]> {
  const columnsOf = (model: string): Columns | undefined => models.find(({ name }) => name === model)?.columns;
  const sinks = pipeline.sinks.flatMap((sink, index) => {
    const source = pipeline.sources[sink.model];
    const columns = source && isLive(sink) ? sourceColumns(source) : columnsOf(sink.model);
    return columns === undefined ? [] : sinkProblems(sink, `sinks[${index}]`, columns);
  });
  const checks = (pipeline.checks ?? []).flatMap((check, index) =>
    checkProblems(check, `checks[${index}] (${check.kind})`, columnsOf, pipeline.sources),
  );
  return [...sinks, ...checks, ...maskedProblems(pipeline, models), ...(await conditionProblems(pipeline, models))];
}

function sinkProblems(sink: Sink, field: string, columns: Columns): Problem[] {
  const of = (part: string, names: readonly string[]) => named(`${field}.${part}`, sink.model, names, columns);
  /** names of a type that cannot serve so */
  const unfit = (
    part: string,
    names: readonly string[],
    types: readonly ColumnType['type'][],
    what: string,
  ): Problem[] =>
    names
      .filter((name) => types.includes(typeOf(columns, name)!))
      .map((name) => ({
        field: `${field}.${part}`,
        value: show(name),
        rule: `a ${typeOf(columns, name)} column cannot be ${what}`,
        remedy: 'Use another column, or CAST it in the SQL.',
      }));
  const problems: Problem[] = [];
  const { write } = sink;
  if (write.mode === 'replace' && write.interval !== undefined) {
    problems.push(...intervalProblems(sink, write.interval, field, columns));
  }
  if (write.mode === 'merge' && write.deletedBy !== undefined) {
    problems.push(
      ...of('write.deletedBy', [write.deletedBy]),
      ...unfit('write.deletedBy', [write.deletedBy], NOT_BOOLEAN, 'what tells a deletion: it is a boolean'),
    );
  }
  if (write.mode === 'scd2') {
    problems.push(
      ...of('write.track', write.track ?? []),
      ...unfit('write.newestBy', write.newestBy === undefined ? [] : [write.newestBy], NOT_TIME, 'a time'),
      ...historyProblems(write, field, columns),
    );
  }
  if (write.mode === 'merge' || write.mode === 'scd2') {
    const newestBy = write.newestBy === undefined ? [] : [write.newestBy];
    problems.push(
      ...of('write.keys', write.keys),
      ...of('write.newestBy', newestBy),
      ...unfit('write.keys', write.keys, ['json', 'double'], 'a key'),
      ...unfit('write.newestBy', newestBy, ['json', 'boolean'], 'what is newest'),
    );
    if (newestBy.some((name) => write.keys.includes(name))) {
      problems.push({
        field: `${field}.write.newestBy`,
        value: show(write.newestBy),
        rule: 'two versions of a row have the same key, so it cannot tell which is newer',
        remedy: 'Name a column such as updated_at, or leave it out: then the last to arrive stays.',
      });
    }
  }
  if (sink.kind === 'redshift') {
    const distKey = sink.distKey === undefined ? [] : [sink.distKey];
    problems.push(
      ...of('distKey', distKey),
      ...of('sortKey', sink.sortKey ?? []),
      ...unfit('distKey', distKey, ['json'], 'a distribution key'),
      ...unfit('sortKey', sink.sortKey ?? [], ['json'], 'a sort key'),
    );
  }
  if (sink.kind === 'keyspaces') {
    problems.push(...keyspacesProblems(sink, field, columns));
  } else if (sink.kind === 'dynamoTable') {
    const key = [sink.key.partitionKey, ...(sink.key.sortKey === undefined ? [] : [sink.key.sortKey])];
    const ttl = sink.ttl === undefined ? [] : [sink.ttl];
    const newestBy = write.mode === 'merge' && write.newestBy !== undefined ? [write.newestBy] : [];
    problems.push(
      ...(write.mode === 'merge' ? [] : of('key', key)),
      ...unfit('key', key, ['json', 'double', 'boolean'], 'a key'),
      ...of('ttl', ttl),
      ...unfit('ttl', ttl, [...NOT_TIME, 'boolean', 'json'], 'the time when an item expires'),
      ...ttl
        .filter((name) => key.includes(name) || newestBy.includes(name))
        .map((name) => ({
          field: `${field}.ttl`,
          value: show(name),
          rule: 'it is kept as whole seconds there, which is not what the key or newestBy says',
          remedy: `Select it once more under another name, e.g. ${name} AS expires_at.`,
        })),
    );
  } else if (sink.kind === 'kinesis') {
    problems.push(
      ...of('partitionBy', [sink.partitionBy]),
      ...unfit('partitionBy', [sink.partitionBy], ['json'], "a record's partition key"),
    );
  } else if (sink.kind === 'lake') {
    problems.push(
      ...of('partitionBy', sink.partitionBy),
      ...unfit(
        'partitionBy',
        sink.partitionBy,
        ['json', 'double', 'decimal', 'timestamp'],
        'a partition: it has too many values',
      ),
    );
    if (columns.every(({ name }) => sink.partitionBy.includes(name))) {
      problems.push({
        field: `${field}.partitionBy`,
        rule: 'every column is a partition column, so no file would hold a row',
        remedy: 'Leave one out.',
      });
    }
  } else {
    for (const { name } of columns.filter((column) => SYSTEM_COLUMNS.has(column.name))) {
      problems.push({
        field: `${field}.model`,
        value: show(sink.model),
        rule: `its column ${name} has the name of a system column of PostgreSQL and Redshift`,
        remedy: 'Give it another name with AS.',
      });
    }
  }
  return problems;
}

const NOT_BOOLEAN: readonly ColumnType['type'][] = [
  'bigint',
  'integer',
  'decimal',
  'double',
  'text',
  'date',
  'timestamp',
  'json',
];
const NOT_TIME: readonly ColumnType['type'][] = ['bigint', 'integer', 'decimal', 'double', 'text'];

function intervalProblems(sink: Sink, column: string, field: string, columns: Columns): Problem[] {
  const unknown = named(`${field}.write.interval`, sink.model, [column], columns);
  if (unknown.length > 0) return unknown;
  const type = typeOf(columns, column)!;
  const at = { field: `${field}.write.interval`, value: show(column) };
  if (type !== 'date' && type !== 'timestamp') {
    const rule = `a ${type} column does not say when a row belongs to an interval`;
    return [{ ...at, rule, remedy: 'Use a date or timestamp column, or CAST it in the SQL.' }];
  }
  if (sink.kind !== 'lake' || (type === 'date' && sink.partitionBy.includes(column))) return [];
  return [
    {
      ...at,
      rule: 'the lake replaces whole partitions, so the column must be a date that it is partitioned by',
      remedy: `Partition by a date, e.g. CAST(${column} AS date) AS day, and name that: replace({ interval: 'day' }).`,
    },
  ];
}

function historyProblems(write: Extract<Sink['write'], { mode: 'scd2' }>, field: string, columns: Columns): Problem[] {
  const taken = HISTORY_COLUMNS.filter(({ name }) => columns.some((column) => column.name === name));
  const apart = [...write.keys, ...(write.newestBy === undefined ? [] : [write.newestBy])];
  const keys = (write.track ?? []).filter((name) => write.keys.includes(name));
  return [
    ...taken.map(({ name }) => ({
      field: `${field}.model`,
      rule: `scd2 adds a column ${name}, and the model has one`,
      remedy: 'Give it another name with AS.',
    })),
    ...keys.map((name) => ({
      field: `${field}.write.track`,
      value: show(name),
      rule: 'it is a key, so no version of a row has another',
      remedy: 'Leave it out.',
    })),
    ...(write.track === undefined && columns.every(({ name }) => apart.includes(name))
      ? [
          {
            field: `${field}.write`,
            rule: 'the model has no column beside the keys and newestBy, so nothing could change',
            remedy: 'Select more columns, or use merge(key).',
          },
        ]
      : []),
  ];
}

/** Binds each sqlCheck's condition to a relation of its model: when it runs, there is no other. And reads each pattern. */
async function conditionProblems(pipeline: Pipeline, models: readonly CompiledModel[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [index, check] of (pipeline.checks ?? []).entries()) {
    const model = models.find(({ name }) => name === check.model);
    if ((check.kind !== 'sqlCheck' && check.kind !== 'matches') || model === undefined) continue;
    const catalog = await openCatalog();
    try {
      const problem =
        check.kind === 'matches'
          ? await patternProblem(check, catalog)
          : await conditionProblem(catalog, model, check.condition, runsHaveIntervals(pipeline));
      const value = check.kind === 'matches' ? {} : { value: show(check.condition) };
      if (problem) problems.push({ field: `checks[${index}] (${check.kind})`, ...value, ...problem });
    } finally {
      catalog.close();
    }
  }
  return problems;
}

async function conditionProblem(
  catalog: Catalog,
  { name, columns }: CompiledModel,
  written: string,
  runsHaveIntervals: boolean,
): Promise<Omit<Problem, 'field'> | undefined> {
  let condition: string;
  try {
    condition = bindInterval(written, runsHaveIntervals);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { rule: error.message, remedy: error.remedy };
  }
  const list = columns.map((column) => `${quoteName(column.name)} ${toDuckDB(column.type)}`).join(', ');
  await catalog.query(`CREATE TABLE ${quoteName(name)} (${list})`);
  try {
    const [row] = await catalog.query(`DESCRIBE SELECT (${condition}\n) AS holds FROM ${quoteName(name)}`);
    if (row!.column_type !== 'BOOLEAN') {
      const type = String(row!.column_type);
      const remedy = /^\s*\(*\s*select\b/i.test(written)
        ? "Write what would stand behind WHERE, of one row: 'amount >= 0'. Aggregate in a model, and check that one."
        : 'Compare it with something.';
      return { rule: `a condition is true or false, this is ${type}`, remedy };
    }
    // Where a condition stands there is one row at a time.
    await catalog.query(`DESCRIBE SELECT 1 FROM ${quoteName(name)} WHERE (${condition}\n) IS FALSE`);
    return undefined;
  } catch (error) {
    const { message } = bindingError(condition, error, 0);
    return /aggregate|window/i.test(message)
      ? { rule: 'a condition looks at one row at a time', remedy: 'Aggregate in a model, and check that one.' }
      : { rule: message, remedy: conditionRemedy(written, message) };
  }
}

function conditionRemedy(written: string, message: string): string {
  if (/^\s*where\b/i.test(written)) return `Leave out WHERE: ${show(written.trim().slice(5).trim())}.`;
  if (/;\s*$/.test(written)) return 'Leave out the semicolon.';
  const [, quoted] = /"([^"]+)" not found/.exec(message) ?? [];
  if (quoted !== undefined && written.includes(`"${quoted}"`)) return `Texts stand in single quotes: '${quoted}'.`;
  if (/table with name/i.test(message))
    return 'Join it in a model, and check that one; for keys there is foreignKey().';
  return "Correct the condition (DuckDB's SQL).";
}
