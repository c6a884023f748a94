/**
 * Makes staged partitions the table's: each partition's location in the Glue catalog is swapped, which is atomic for a reader
 * of that partition. A ledger item for each load says what is published, so that a second or late attempt changes nothing; one
 * publisher at a time.
 */
import type { GlueClient } from '@aws-sdk/client-glue';
import type { S3Client } from '@aws-sdk/client-s3';
import type { LakeSink, Rebuilds, Run } from '../../lib/tasks/common';
import { ModelFailed } from '../../lib/tasks/errors';
import type { Published } from '../../lib/tasks/publish';
import { replacedInterval, writeOf } from '../shared/replaced-interval';
import { CALL_MS, type LockedTable, type Publisher, publishedLoad, TableLock } from '../shared/table-lock';
import { keep, letGo } from './expiring';
import { addColumns, GlueTable } from './glue-table';
import type { StagedLake } from './staged-lake';

export interface PublishEnvironment extends Publisher {
  readonly glue: GlueClient;
  readonly s3: S3Client;
  readonly lakeBucket: string;
}

export async function publishLake(
  run: Run,
  sink: LakeSink,
  staged: StagedLake,
  environment: PublishEnvironment,
): Promise<Published> {
  const table: LockedTable = { id: `${sink.database}.${sink.table}`, write: writeOf(run, sink.write) };
  const done = await publishedLoad(run, table, environment);
  if (done) return { sink: sink.id, rows: done.rows, changed: false };
  // Kept where this attempt fails, as some of its calls may still be under way: the next attempt need not wait, others do until it runs out.
  const lock = await TableLock.take(run, table, environment);
  // Again: whoever held the lock may have published this load.
  const before = await publishedLoad(run, table, environment);
  if (before) {
    await lock.release();
    return { sink: sink.id, rows: before.rows, changed: false };
  }
  const rows = lock.isOvertaken() ? 0 : staged.rows;
  if (!lock.isOvertaken()) await swap(run, sink, staged, environment, lock);
  await lock.published(rows);
  return { sink: sink.id, rows, changed: true };
}

async function swap(
  run: Run,
  sink: LakeSink,
  staged: StagedLake,
  environment: PublishEnvironment,
  lock: TableLock,
): Promise<void> {
  const { lakeBucket } = environment;
  const [glue, s3] = [whileHeld(environment.glue, lock), whileHeld(environment.s3, lock)];
  const table = await GlueTable.read(glue, sink.database, sink.table);
  if (sink.evolve) await addColumns(table, staged.columns);
  const locations = new Map(
    staged.partitions.map(({ values, prefix }) => [
      JSON.stringify(values),
      { values, location: `s3://${lakeBucket}/${prefix}` },
    ]),
  );
  const append = sink.write.mode === 'append';
  const replaced = replacedPartitions(run, sink);
  if (run.rebuilds && append) refuseOutside(run.rebuilds, sink, staged, replaced);
  // From here on they stay, whatever becomes of this attempt.
  await keep(s3, lakeBucket, staged.partitions);
  if (sink.write.mode === 'replace' && sink.partitionBy.length === 0) {
    const location = staged.partitions[0]
      ? `s3://${lakeBucket}/${staged.partitions[0].prefix}`
      : `s3://${lakeBucket}/${sink.database}/${sink.table}/g${run.generation}-${run.runId}-empty/`;
    const before = table.location;
    await table.relocate(location);
    await letGo(s3, lakeBucket, [before], new Set([location]));
    return;
  }
  // What an earlier generation of this load, or for `replace` any earlier load (of the interval), had.
  const ofLoad = append && !run.rebuilds;
  const all = await table.partitions(ofLoad ? `_load_id = '${run.loadId}'` : undefined);
  const earlier = all.filter(({ values }) => (!ofLoad || values.at(-1) === run.loadId) && replaced(values));
  await table.putPartitions([...locations.values()]);
  await table.deletePartitions(
    earlier.map(({ values }) => values).filter((values) => !locations.has(JSON.stringify(values))),
  );
  const live = new Set([...locations.values()].map(({ location }) => location));
  await letGo(
    s3,
    lakeBucket,
    earlier.map(({ location }) => location),
    live,
  );
}

/**
 * With `replace({ interval })` the partitions whose date, at midnight, lies in the run's data interval; of what is rebuilt those of its
 * days; else all.
 */
function replacedPartitions(run: Run, { write, partitionBy }: LakeSink): (values: readonly string[]) => boolean {
  const interval = replacedInterval(run, write);
  if (!interval) return () => true;
  const { start, end } = interval;
  const at = run.rebuilds ? 0 : partitionBy.indexOf(interval.column);
  return (values) => {
    const midnight = `${values[at]} 00:00:00.000`;
    return /^\d{4}-\d\d-\d\d /.test(midnight) && midnight >= start && midnight < end;
  };
}

/** Rows of the span that lie in partitions of other days would be there twice. */
function refuseOutside(
  { start, end }: Rebuilds,
  { model, table, partitionBy }: LakeSink,
  { partitions }: StagedLake,
  replaced: (values: readonly string[]) => boolean,
): void {
  const outside = partitions.find(({ values }) => !replaced(values));
  if (!outside) return;
  throw new ModelFailed(
    `Model ${model} has rows for the partition ${partitionBy[0]} = ${outside.values[0]} of the lake table ${table}, which does not lie in what is rebuilt, from ${start} to ${end}. ` +
      `Nothing was published there. Let the model give the day of the record's receipt, in UTC, as ${partitionBy[0]}.`,
  );
}

/** Every call looks first whether the table is still ours to change. With its retries it may not go on for longer than the lock is held. */
function whileHeld<C extends { send(command: never, options: { abortSignal: AbortSignal }): Promise<unknown> }>(
  client: C,
  lock: TableLock,
): Pick<C, 'send'> {
  const send = async (command: never) => {
    await lock.hold();
    return client.send(command, { abortSignal: AbortSignal.timeout(CALL_MS) });
  };
  return { send: send as C['send'] };
}
