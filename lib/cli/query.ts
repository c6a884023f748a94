import { deployed, pipelineNamed } from '../operate/connection';
import { type DatabaseName, type QueryResult, runQuery } from '../operate/database-query';
import { Refused } from '../operate/errors';
import { pipelineFolders } from '../operate/pipelines';
import { queryTarget } from '../operate/query-target';
import { oneLine, plural } from '../operate/text';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';
import { dim, table } from './terminal';

export interface QueryOptions extends VerbOptions {
  readonly database?: string;
  /** whose user runs the statement */
  readonly pipeline?: string;
}

/** One SQL statement; JSON is a list of objects. */
export async function query(sql: string, options: QueryOptions): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  if (options.pipeline !== undefined) pipelineNamed(stacks, options.pipeline);
  const up = new Set(stacks.pipelines.map(({ name }) => name));
  const pipelines = (await pipelineFolders()).map(({ pipeline }) => pipeline).filter(({ name }) => up.has(name));
  const database = options.database === undefined ? undefined : databaseOf(options.database);
  const target = queryTarget(sql, pipelines, { database, pipeline: options.pipeline });
  if (target === undefined) {
    const whose = options.pipeline === undefined ? 'No pipeline that is deployed' : `Pipeline '${options.pipeline}'`;
    const where = database === undefined ? 'a database' : database === 'aurora' ? 'Aurora' : 'Redshift';
    throw new Refused(`${whose} has no table in ${where}, so there is no user to run the statement as.`);
  }
  const result = await runQuery(connection, stacks, target, sql);
  printer(options).print(
    result.changed === undefined
      ? result.rows.map((row) => Object.fromEntries(result.columns.map((name, index) => [name, row[index]])))
      : { changed: result.changed },
    () => resultLines(result),
  );
}

function databaseOf(name: string): DatabaseName {
  if (name === 'redshift' || name === 'aurora') return name;
  throw new Refused(`--database is redshift or aurora, not '${name}'.`);
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
