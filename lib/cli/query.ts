import { connect, deployed, pipelineNamed } from './connection';
import { type DatabaseName, type QueryResult, runQuery } from './database-query';
import { CliError } from './errors';
import { printer, type VerbOptions } from './printer';
import { dim, oneLine, plural, table } from './text';

export interface QueryOptions extends VerbOptions {
  readonly database: string;
  /** whose user runs the statement */
  readonly pipeline?: string;
}

/** One SQL statement; JSON is a list of objects. */
export async function query(sql: string, options: QueryOptions): Promise<void> {
  const connection = await connect(options.stateDir);
  const stacks = await deployed(connection);
  if (options.pipeline !== undefined) pipelineNamed(stacks, options.pipeline);
  const pipeline = options.pipeline ?? stacks.pipelines[0]?.name;
  if (pipeline === undefined)
    throw new CliError('No pipeline is deployed, so there is no user to run the statement as.');
  const result = await runQuery(connection, stacks, { database: databaseOf(options.database), pipeline }, sql);
  printer(options).print(
    result.changed === undefined
      ? result.rows.map((row) => Object.fromEntries(result.columns.map((name, index) => [name, row[index]])))
      : { changed: result.changed },
    () => resultLines(result),
  );
}

function databaseOf(name: string): DatabaseName {
  if (name === 'redshift' || name === 'aurora') return name;
  throw new CliError(`--database is redshift or aurora, not '${name}'.`);
}

function resultLines({ columns, rows, changed }: QueryResult): string[] {
  if (changed !== undefined) return [`Done: ${plural(changed, 'row')} changed.`];
  const numeric = columns.flatMap((_, column) => (rows.some((row) => typeof row[column] === 'number') ? [column] : []));
  return [
    ...table(
      columns,
      rows.map((row) => row.map((value) => (value === null ? dim('NULL') : oneLine(String(value))))),
      { right: numeric },
    ),
    dim(`(${plural(rows.length, 'row')})`),
  ];
}
