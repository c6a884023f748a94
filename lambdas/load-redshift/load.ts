import type { Manifest, OutputColumn, RedshiftSink } from '../../lib/tasks/common';
import type { LoadRedshiftInput } from '../../lib/tasks/load';
import { getItem, ledgerKeys, putItem } from '../shared/ledger';
import { hash, pipelineSchema, stagingTable, tableName } from '../shared/names';
import { columnsWithRoom, type ExistingColumns } from '../shared/redshift-target';
import { sideTable } from '../shared/side-table';
import { groupByColumns, newColumns, rowsOf, stagedParts } from '../shared/staged-columns';
import { statementKey } from '../shared/statement-item';
import { type StatementServices, submitOrAttach } from '../shared/statements';
import { copyManifest } from './copy-manifest';
import { loadBatch } from './load-batch';

export interface LoadRedshift extends StatementServices {
  readonly workBucket: string;
  readonly copyRoleArn: string;
  readonly readManifests: (refs: LoadRedshiftInput['manifests']) => Promise<Manifest[]>;
  /** Writes an object unless it is there already: its key names its content. */
  readonly putOnce: (key: string, body: string) => Promise<void>;
}

/** Submits the load of the Parquet parts into the staging table; its end completes the task's token. */
export async function loadRedshift(
  input: LoadRedshiftInput,
  use: LoadRedshift,
): Promise<'submitted' | 'attached' | 'completed'> {
  const { run, sink, taskToken } = input;
  const manifests = await use.readManifests(input.manifests);
  const schema = pipelineSchema(run.pipeline);
  const staging = stagingTable(run, sink.id, sink.table);
  const extra = newColumns(sink, manifests);
  if (sink.evolve && extra.length > 0) await rememberColumns(use, run.pipeline, staging, extra);

  const copies = await Promise.all(
    groupByColumns(stagedParts(manifests, sink.model, 'parquet')).map(async ({ columns, parts }) => {
      const body = copyManifest(use.workBucket, parts);
      const key = `runs/${run.pipeline}/${run.runId}/copy/${staging}-${hash(body, 16)}.manifest`;
      await use.putOnce(key, body);
      return { columns, manifestUrl: `s3://${use.workBucket}/${key}` };
    }),
  );

  // A model that has a new column since its table was made widens it.
  const mustLook = hasSideTable(sink) || !(await isKnown(use, run.pipeline, sink, sink.evolve ? extra : []));
  const batch = { sink, schema, staging, newColumns: extra, copies, copyRoleArn: use.copyRoleArn };
  const room = { others: loadBatch(batch).length, more: extra };
  return submitOrAttach(
    {
      key: statementKey(run.pipeline, 'load', sink.id, staging, ...copies.map((copy) => copy.manifestUrl)),
      pipeline: run.pipeline,
      kind: 'load',
      label: `the load into the staging table of ${tableName(sink)}`,
      output: { sink: sink.id, rows: rowsOf(manifests, sink.model), staging: `${schema}.${staging}` },
      ...(mustLook ? { context: () => columnsWithRoom(use.redshift, schema, sink, room) } : {}),
      sqls: (_name, context) => loadBatch({ ...batch, ...(context as ExistingColumns | undefined) }),
    },
    taskToken,
    use,
  );
}

const hasSideTable = (sink: RedshiftSink): boolean => sideTable(sink, sink.columns) !== undefined;

/** Whether a load before this one has left a target with all of these columns; publish remembers them. */
async function isKnown(
  { ledger }: LoadRedshift,
  pipeline: string,
  sink: RedshiftSink,
  more: readonly OutputColumn[],
): Promise<boolean> {
  const known = await getItem<{ columns: readonly string[] }>(ledger, ledgerKeys.targetColumns(pipeline, sink.id));
  return [...sink.columns, ...more].every(({ name }) => known?.columns.includes(name) === true);
}

const COLUMNS_LIFE_SECONDS = 45 * 24 * 3600;

/** Publish is not told of the manifests; it finds here which columns this load brought along. */
async function rememberColumns(
  { ledger, now }: LoadRedshift,
  pipeline: string,
  staging: string,
  columns: readonly object[],
): Promise<void> {
  const expiresAt = Math.round(now() / 1000) + COLUMNS_LIFE_SECONDS;
  await putItem(ledger, ledgerKeys.stagedColumns(pipeline, staging), { columns, expiresAt });
}
