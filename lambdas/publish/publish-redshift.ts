import type { OutputColumn, RedshiftSink, Run } from '../../lib/tasks/common';
import type { Loaded } from '../../lib/tasks/load';
import { getItem, ledgerKeys } from '../shared/ledger';
import { pipelineSchema, stagingTable, tableName } from '../shared/names';
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
  return submitOrAttach(
    {
      key: statementKey(run.pipeline, 'publish', sink.id, staging, loaded.rows),
      pipeline: run.pipeline,
      kind: 'publish',
      label: `the publication into ${tableName(sink)}`,
      output: { sink: sink.id, rows: loaded.rows, changed: true },
      sqls: (statement) =>
        publishBatch({
          run,
          sink,
          schema: pipelineSchema(run.pipeline),
          staging,
          newColumns: brought?.columns ?? [],
          rows: loaded.rows,
          statement,
        }),
    },
    taskToken,
    services,
  );
}
