import type { OutputColumn, RedshiftSink, Run } from '../../lib/tasks/common';
import type { Loaded } from '../../lib/tasks/load';
import { getItem, ledgerKeys, putItem } from '../shared/ledger';
import { pipelineSchema, stagingTable, tableName } from '../shared/names';
import { columnsOfTable } from '../shared/redshift';
import { writeOf } from '../shared/replaced-interval';
import { sideTable } from '../shared/side-table';
import { statementKey } from '../shared/statement-item';
import { type StatementServices, submitOrAttach } from '../shared/statements';
import { publishBatch } from './redshift-batch';

/** Submits the transaction that publishes the staged rows; its end completes the task's token. */
export async function publishRedshift(
  input: { run: Run; sink: RedshiftSink; loaded: Loaded; taskToken: string },
  services: StatementServices,
): Promise<'submitted' | 'attached' | 'completed'> {
  const { run, sink, loaded, taskToken } = input;
  const staging = stagingTable(run, sink.id, sink.table);
  const brought = sink.evolve
    ? await getItem<{ columns: OutputColumn[] }>(services.ledger, ledgerKeys.stagedColumns(run.pipeline, staging))
    : undefined;
  // The load has made or widened the target: the next one need not ask Redshift.
  const columns = [...sink.columns, ...(brought?.columns ?? [])].map(({ name }) => name);
  await putItem(services.ledger, ledgerKeys.targetColumns(run.pipeline, sink.id), { columns });
  return submitOrAttach(
    {
      key: statementKey(run.pipeline, 'publish', sink.id, staging, loaded.rows),
      pipeline: run.pipeline,
      kind: 'publish',
      label: `the publication into ${tableName(sink)}`,
      output: { sink: sink.id, rows: loaded.rows, changed: true },
      ...(sink.evolve && sink.write.mode === 'scd2' ? { context: () => historyColumns(services, run, sink) } : {}),
      sqls: (statement, context) =>
        publishBatch({
          run,
          sink: { ...sink, write: writeOf(run, sink.write) },
          schema: pipelineSchema(run.pipeline),
          staging,
          newColumns: brought?.columns ?? [],
          knownColumns: (context as OutputColumn[] | undefined) ?? [],
          rows: loaded.rows,
          statement,
        }),
    },
    taskToken,
    services,
  );
}

/** Earlier loads may have brought columns that this one has not: a key's versions are written anew with all. New ones are texts. */
async function historyColumns({ redshift }: StatementServices, run: Run, sink: RedshiftSink): Promise<OutputColumn[]> {
  const { name, columns } = sideTable(sink, sink.columns)!;
  const there = (await columnsOfTable(redshift, pipelineSchema(run.pipeline), name)) ?? [];
  const declared = new Set(columns.map((column) => column.name.toLowerCase()));
  return there
    .filter((column) => !declared.has(column.toLowerCase()))
    .map((column) => ({ name: column, type: { type: 'text' }, nullable: true }));
}
