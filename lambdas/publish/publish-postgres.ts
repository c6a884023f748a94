import type { PostgresSink, Run, WriteMode } from '../../lib/tasks/common';
import type { Loaded } from '../../lib/tasks/load';
import type { Published } from '../../lib/tasks/publish';
import { pipelineSchema, stagingTable } from '../shared/names';
import { callFunction, type Postgres } from '../shared/postgres';
import { type ReplacedInterval, replacedInterval, writeOf } from '../shared/replaced-interval';
import { sideTable } from '../shared/side-table';
import { arrivedAt } from './arrived-at';

/** What `publish` in the database is told. */
export interface PublishPlan {
  readonly staging: string;
  readonly target: { readonly schema: string; readonly table: string };
  /** null: all that are staged, as the input may have brought new ones along */
  readonly columns: readonly string[] | null;
  readonly mode: WriteMode['mode'];
  readonly keys: readonly string[];
  readonly newestBy: string | null;
  readonly deletedBy: string | null;
  /** null: all but the keys and `newestBy` */
  readonly track: readonly string[] | null;
  readonly interval: ReplacedInterval | null;
  /** the write mode's own table, in the pipeline's schema */
  readonly side: string | null;
  /** when a state without a time of its own came to be */
  readonly arrivedAt: string;
  readonly rows: number;
  readonly loadKey: string;
  readonly loadId: string;
  readonly generation: number;
  /** a later load of a table that is replaced whole stays */
  readonly yields: boolean;
  readonly runId: string;
  readonly arrival: string;
  readonly publishedBy: string;
}

export function publishPlan(run: Run, sink: PostgresSink, loaded: Loaded): PublishPlan {
  const { write } = sink;
  return {
    staging: stagingTable(run, sink.id, sink.table),
    target: { schema: sink.schema, table: sink.table },
    columns: sink.evolve ? null : sink.columns.map((column) => column.name),
    mode: writeOf(run, write).mode,
    keys: 'keys' in write ? write.keys : [],
    newestBy: ('newestBy' in write && write.newestBy) || null,
    deletedBy: ('deletedBy' in write && write.deletedBy) || null,
    track: ('track' in write && write.track) || null,
    interval: replacedInterval(run, write) ?? null,
    side: sideTable(sink, sink.columns)?.name ?? null,
    arrivedAt: arrivedAt(run),
    rows: loaded.rows,
    loadKey: run.loadKey,
    loadId: run.loadId,
    generation: run.generation,
    yields: run.yields ?? false,
    runId: run.runId,
    arrival: run.arrival,
    publishedBy: run.executionArn.slice(-256),
  };
}

/** Moves the staged rows into the target and writes the load ledger, in one transaction. */
export async function publishPostgres(
  input: { run: Run; sink: PostgresSink; loaded: Loaded },
  postgres: Postgres,
): Promise<Published> {
  const plan = publishPlan(input.run, input.sink, input.loaded);
  const schema = pipelineSchema(input.run.pipeline);
  const { rows, changed } = await callFunction<{ rows: number; changed: boolean }>(postgres, schema, 'publish', plan);
  return { sink: input.sink.id, rows, changed };
}
