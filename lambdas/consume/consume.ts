/**
 * A batch of a stream: each record is decoded and judged, duplicates are left out, all the rest is staged for the runs, and what is good
 * goes into the live tables. The batch may come again, as a whole or in parts, and all of this ends as if it had come once.
 */
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { hourFolder } from '../../lib/tasks/stream';
import { type Candidate, Dedupe, type SeenKeys } from '../shared/stream/dedupe';
import { type Judged, type JudgeServices, judgeBatch } from '../shared/stream/judge-batch';
import type { RecordPlace } from '../shared/stream/staged-line';
import type { CountedRow } from './count-on';
import type { StreamRecord } from './event';
import type { LiveSink } from './live-sink';
import type { ShardLog } from './shard-log';

export interface ConsumeServices extends JudgeServices {
  readonly log: (shard: string) => ShardLog;
  readonly seen: SeenKeys;
  /** Keeps the counts of the shard's windows with these rows; of a pipeline with aggregates. */
  readonly count?: (
    shard: string,
    rows: readonly CountedRow[],
    before: string | undefined,
  ) => Promise<string | undefined>;
  readonly sinks: readonly { readonly model: string; readonly sink: LiveSink }[];
  readonly now: () => number;
}

export interface Consumed {
  readonly records: number;
  readonly bad: number;
  readonly late: number;
  readonly duplicates: number;
  /** files that this call has staged */
  readonly batches: number;
  /** milliseconds from a record's arrival in Kinesis to the end of its live writes, of each good record */
  readonly latencies: readonly number[];
  /** from the first of these records on, the batch is to come again */
  readonly failed: readonly { readonly sequence: string; readonly reason: string }[];
  /** why records are bad: a few */
  readonly reasons: readonly string[];
}

const MOST_REASONS = 5;

/** `records` are of one shard, in its order. @throws what fails for all of them */
export async function consume(records: readonly StreamRecord[], services: ConsumeServices): Promise<Consumed> {
  const { now } = services;
  const judged = await judgeBatch(records, services);
  const { outcomes, batches } = await stage(judged, services);
  const good = judged.filter((one) => one.good && outcomes.get(one.sequence) === 'staged');
  const failed: Consumed['failed'][number][] = [];
  await Promise.all(
    services.sinks.map(async ({ model, sink }) => {
      const rows = good.flatMap(({ sequence, good: is }) =>
        (is!.rows.get(model) ?? []).map((row) => ({ row, sequence, receivedAt: is!.receivedAt })),
      );
      if (rows.length > 0) failed.push(...(await sink.write(rows)).failed);
    }),
  );
  const ended = now();
  const isBad = judged.filter(({ good: is }) => !is);
  return {
    records: records.length,
    bad: isBad.length,
    late: isBad.filter(({ isLate }) => isLate).length,
    duplicates: judged.length - isBad.length - good.length,
    batches,
    latencies: good.map(({ arrivedAt }) => Math.max(0, ended - arrivedAt)),
    failed,
    reasons: [...new Set(isBad.map(({ sequence, reason }) => `${sequence}: ${reason}`))].slice(0, MOST_REASONS),
  };
}

async function stage(judged: readonly Judged[], services: ConsumeServices) {
  const { plan, log, seen, count } = services;
  const { shard } = judged[0]!;
  const dedupe = plan.dedupe && new Dedupe(seen, plan.dedupe.withinSeconds * 1000);
  const candidates = judged.flatMap(({ sequence, good }): Candidate[] =>
    good ? [{ sequence, key: good.key, at: good.receivedAt }] : [],
  );
  const { outcomes, fresh } = await log(shard).stage(judged, {
    async duplicatesAmong(_fresh, known) {
      const taken = new Set([...known].flatMap(([sequence, outcome]) => (outcome === 'staged' ? [sequence] : [])));
      return dedupe ? dedupe.duplicatesAmong(candidates, taken) : new Set();
    },
    content: (kept) => zipped(kept.map(({ line }) => line)),
    keyOf: ([first], revision) => stagedKey(plan.prefix, first!, revision),
    ...(count ? { count: (kept, before) => count(shard, countedRows(kept), before) } : {}),
  });
  if (dedupe) await dedupe.note(candidates.filter(({ sequence }) => outcomes.get(sequence) === 'staged'));
  const isStaged = [...fresh].some((sequence) => outcomes.get(sequence) === 'staged');
  return { outcomes, batches: isStaged ? 1 : 0 };
}

const countedRows = (kept: readonly Judged[]): CountedRow[] =>
  kept.flatMap(({ sequence, arrivedAt, good }) =>
    [...(good?.rows ?? [])].flatMap(([model, rows]) => rows.map((row) => ({ model, row, sequence, arrivedAt }))),
  );

const stagedKey = (prefix: string, { shard, sequence, arrivedAt }: RecordPlace, revision: number): string =>
  `${prefix}${hourFolder(arrivedAt)}${shard}-${sequence}-${revision}.ndjson.gz`;

const gzipped = promisify(gzip);

const zipped = (lines: readonly string[]): Promise<Buffer> =>
  gzipped(`${lines.join('\n')}\n`, { level: constants.Z_BEST_SPEED });
