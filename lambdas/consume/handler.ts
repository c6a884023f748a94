import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { KeyspacesSink } from '../../lib/tasks/common';
import { STREAM_FILE, type StreamPlan, streamPlan } from '../../lib/tasks/stream';
import { dynamoDb, dynamoDbWriter, glue, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { lazySecrets } from '../shared/lazy-secrets';
import type { Ledger } from '../shared/ledger';
import { Pace } from '../shared/pace';
import { hasPii, openProtection } from '../shared/pii';
import { aggregatesOf } from '../shared/stream/aggregates';
import { fitsOf } from '../shared/stream/fits';
import type { UserCode } from '../shared/stream/live-rows';
import { schemaVersions } from '../shared/stream/schema-versions';
import { task } from '../shared/task';
import { count } from '../shared/usage';
import { userLog } from '../shared/user-code/log';
import { answerTo } from './answer';
import { type Consumed, type ConsumeServices, consume } from './consume';
import { countStore } from './count-store';
import { dynamoLiveSink } from './dynamo-sink';
import { endWindow, writeLeft } from './end-window';
import { recordsOf, type StreamRecord, streamEvent, tickAt } from './event';
import type { KeyspacesSinkServices } from './keyspaces-sink';
import type { LiveSink } from './live-sink';
import { logStore } from './log-store';
import { sampled } from './sampled';
import { seenKeys } from './seen-keys';
import { ShardLog } from './shard-log';
import { WindowCounts } from './window-counts';

interface Services extends Omit<ConsumeServices, 'userLog' | 'userCode' | 'count'> {
  readonly ledger: Ledger;
  readonly pipeline: string;
  /** of a pipeline with aggregates */
  readonly counts?: WindowCounts;
}

/** What is known of a shard, the schema's versions and the pace of writing stay for the function's life. */
let open: Promise<Services> | undefined;

/** The bundle hands in the row function that live tables read, where one does. */
export const handlerFor = (userCode: UserCode) =>
  task(streamEvent, async (event, { log, metric }) => {
    open ??= openServices((line) => log.warn(line));
    // What could not be opened is tried again.
    open.catch(() => {
      open = undefined;
    });
    const opened = await open;
    const { plan, counts: windows } = opened;
    const tick = tickAt(event);
    if (tick !== undefined) {
      await writeLeft(tick, opened);
      return { batchItemFailures: [] };
    }
    const records = recordsOf(event);
    countStream(records, plan.retentionHours);
    const endOf = (shard: string, end: string) => endWindow(shard, end, opened);
    if (records.length === 0) return answerTo(event, records, { failed: [] }, endOf);
    const done = await consume(records, {
      ...opened,
      ...(windows
        ? { count: (shard, rows, before) => windows.count(shard, rows, before, event.isTakenAgain === true) }
        : {}),
      userCode,
      userLog: userLog(log),
    });
    tell(done);
    return answerTo(event, records, done, endOf);

    function tell({ latencies, reasons, failed: undone, ...counts }: Consumed): void {
      metric('RecordsConsumed', counts.records);
      metric('RecordsBad', counts.bad);
      metric('RecordsLate', counts.late);
      metric('RecordsDuplicate', counts.duplicates);
      metric('BatchesStaged', counts.batches);
      for (const ms of sampled(latencies)) metric('ConsumeLatency', ms);
      const { shard, sequence } = records[0]!;
      if (counts.bad > 0) log.warn('Bad records, which the next run puts into quarantine', { shard, reasons });
      if (undone.length > 0) log.warn('Not written, and to come again', { shard, failed: undone.slice(0, 5) });
      log.info('Consumed', { shard, first: sequence, failed: undone.length, ...counts });
    }
  });

export const handler = handlerFor({});

const KB = 1024;
const FREE_HOURS = 24;

/** What Kinesis bills of them, whoever has put them. Of a batch that comes again this is too much: it is read once. */
function countStream(records: readonly StreamRecord[], retentionHours: number): void {
  let [put, read] = [0, 0];
  for (const { data } of records) {
    put += Math.max(1, Math.ceil(data.length / KB));
    read += data.length / KB;
  }
  count('streamIn', put);
  count('streamOut', Math.round(read * 1000) / 1000);
  if (retentionHours > FREE_HOURS) count('streamKept', put * (retentionHours - FREE_HOURS));
}

async function openServices(warn: (line: string) => void): Promise<Services> {
  const plan = readPlan();
  const pipeline = environment('PIPELINE');
  const ledger = { client: dynamoDb(), table: environment('LEDGER_TABLE') };
  const files = { s3: s3(), workBucket: environment('WORK_BUCKET'), landingBucket: environment('LANDING_BUCKET') };
  const logs = new Map<string, ShardLog>();
  const now = Date.now;
  const pace = new Pace(now);
  const sinks = plan.live.map(async (sink) => ({
    model: sink.model,
    sink:
      sink.kind === 'keyspaces'
        ? await keyspacesSink(sink, { pace, now, warn })
        : dynamoLiveSink(sink, { client: dynamoDbWriter(), pace, now }),
  }));
  return {
    plan,
    ledger,
    pipeline,
    log: (shard) => {
      const { retentionHours } = plan;
      const log = logs.get(shard) ?? new ShardLog(logStore({ ...files, ledger, pipeline, shard, retentionHours, now }));
      logs.set(shard, log);
      return log;
    },
    lookUp: schemaVersions(glue(), plan.schema),
    seen: seenKeys(ledger, { pipeline, withinMs: (plan.dedupe?.withinSeconds ?? 0) * 1000 }),
    sinks: await Promise.all(sinks),
    fits: fitsOf(plan),
    ...(plan.aggregates
      ? {
          counts: new WindowCounts(
            countStore({
              client: dynamoDbWriter(),
              ledger,
              s3: files.s3,
              workBucket: files.workBucket,
              pipeline,
              aggregates: aggregatesOf(plan),
              windowSeconds: plan.aggregates.windowSeconds,
              pace,
              now,
            }),
          ),
        }
      : {}),
    protection: hasPii(plan.columns) ? await openProtection(plan, lazySecrets) : undefined,
    now,
  };
}

/** Only who needs Cassandra's driver waits for it. */
async function keyspacesSink(sink: KeyspacesSink, services: Omit<KeyspacesSinkServices, 'client'>): Promise<LiveSink> {
  const [{ keyspacesLiveSink }, { sharedClient }] = await Promise.all([
    import('./keyspaces-sink'),
    import('../shared/keyspaces/connect'),
  ]);
  return keyspacesLiveSink(sink, { ...services, client: sharedClient() });
}

/** It lies beside the function's code. */
const readPlan = (): StreamPlan =>
  z.parse(streamPlan, JSON.parse(readFileSync(join(process.env.LAMBDA_TASK_ROOT ?? __dirname, STREAM_FILE), 'utf8')));
