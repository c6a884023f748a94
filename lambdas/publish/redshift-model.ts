/** A model that runs in Redshift: its rows are made, and published, in one transaction of its own, after those of the tables that it reads. */
import type { RedshiftSink, Run } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import type { RedshiftModel } from '../../lib/tasks/publish';
import { publishedCondition } from '../shared/load-ledger-sql';
import { hash, pipelineSchema, stagingTable, tableName } from '../shared/names';
import { redshiftStagingType } from '../shared/redshift-columns';
import { columnsWithRoom, type ExistingColumns, targetDdl, wideningDdl } from '../shared/redshift-target';
import { inUtc, replacedInterval } from '../shared/replaced-interval';
import { identifier, identifiers, qualified } from '../shared/sql';
import { statementKey } from '../shared/statement-item';
import { type StatementServices, submitOrAttach } from '../shared/statements';
import { endUnless, publishBatch } from './redshift-batch';
import { timestampLiteral } from './redshift-scd2';

export interface PublishModel {
  readonly run: Run;
  readonly sink: RedshiftSink;
  readonly model: RedshiftModel;
}

/** Submits the transaction; its end completes the task's token. */
export function publishModel(
  input: PublishModel & { readonly taskToken: string },
  services: StatementServices,
): Promise<'submitted' | 'attached' | 'completed'> {
  const { run, sink, model, taskToken } = input;
  return submitOrAttach(
    {
      key: statementKey(
        run.pipeline,
        'publish',
        sink.id,
        stagingTable(run, sink.id, sink.table),
        hash(model.sql.join('\0')),
      ),
      pipeline: run.pipeline,
      kind: 'publish',
      label: `model ${model.name} and its publication into ${tableName(sink)}`,
      refusal: refusal(input),
      output: { sink: sink.id, rows: 0, changed: true },
      // No load comes before it that would widen its table.
      context: () =>
        columnsWithRoom(services.redshift, pipelineSchema(run.pipeline), sink, {
          others: modelBatch(input, '').length,
        }),
      sqls: (statement, context) => modelBatch(input, statement, context as ExistingColumns | undefined),
    },
    taskToken,
    services,
  );
}

/**
 * The same statements as for staged rows, but that the staging table is made, filled and dropped here. A load that is published is not
 * computed again. What is read is what stands in the tables when the transaction's turn has come: all that was published before it.
 */
export function modelBatch(
  { run, sink, model }: PublishModel,
  statement: string,
  existing: ExistingColumns = {},
): string[] {
  const schema = pipelineSchema(run.pipeline);
  const name = stagingTable(run, sink.id, sink.table);
  const staging = qualified(schema, name);
  const names = identifiers(sink.columns.map((column) => column.name));
  const published = publishedCondition({ schema, run, table: tableName(sink) });
  const guard = unfit({ run, sink });
  return publishBatch({
    run,
    sink,
    schema,
    staging: name,
    newColumns: [],
    rows: undefined,
    statement,
    fill: [
      ...targetDdl(sink, schema),
      `DROP TABLE IF EXISTS ${staging}`,
      `CREATE TABLE ${staging} (${sink.columns
        .map((column) => `${identifier(column.name)} ${redshiftStagingType(column.type)}`)
        .join(', ')})`,
      // The SQL stands on lines of its own: it may end in a comment, and errors count lines.
      `INSERT INTO ${staging} (${names}) WITH ${tables(model)} SELECT ${names} FROM (\n${sqlOf(run, model)}\n) q WHERE NOT ${published}`,
      ...(guard === undefined ? [] : [endUnless(`(SELECT COUNT(*) FROM ${staging} WHERE ${guard.condition}) = 0`)]),
      // Last, as it locks out every reader, and the model's own SQL may take long.
      ...wideningDdl(sink, schema, existing),
    ],
  });
}

/** The names that the SQL uses, without the bookkeeping columns of their tables. */
const tables = ({ inputs }: RedshiftModel): string =>
  inputs
    .map(
      (input) =>
        `${identifier(input.name)} AS (SELECT ${identifiers(input.columns)} FROM ${qualified(input.schema, input.table)})`,
    )
    .join(', ');

function sqlOf({ interval, runId }: Run, { name, sql }: RedshiftModel): string {
  return sql
    .map((piece, index) => {
      if (index % 2 === 0) return piece;
      if (!interval || (piece !== 'start' && piece !== 'end'))
        throw new InvalidTaskInput(`Run ${runId} has no data interval ${piece}, which model ${name} needs.`);
      return timestampLiteral(inUtc(interval[piece]));
    })
    .join('');
}

/** A row without its key, its time, or outside the interval that is replaced, could never be found again. */
function unfit({ run, sink }: Pick<PublishModel, 'run' | 'sink'>) {
  const { write } = sink;
  const interval = replacedInterval(run, write);
  if (interval) {
    const column = identifier(interval.column);
    const condition = `${column} IS NULL OR ${column} < ${timestampLiteral(interval.start)} OR ${column} >= ${timestampLiteral(interval.end)}`;
    return { condition, what: `whose ${interval.column} does not lie in the run's data interval` };
  }
  if (!('keys' in write)) return undefined;
  const needed = [...write.keys, ...(write.mode === 'scd2' && write.newestBy !== undefined ? [write.newestBy] : [])];
  const condition = needed.map((column) => `${identifier(column)} IS NULL`).join(' OR ');
  return { condition, what: `without ${needed.join(' or ')}` };
}

function refusal(input: PublishModel): string {
  const guard = unfit(input);
  const may = guard === undefined ? '' : ` gives rows ${guard.what}, or`;
  return (
    `Model ${input.model.name}${may} divides by zero. Nothing was published into ${tableName(input.sink)}. ` +
    'Correct its SQL and deploy it, then start the run anew (a redrive would use the old SQL).'
  );
}
