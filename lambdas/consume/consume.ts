/**
 * A batch of a stream: each record is decoded and judged, duplicates are left out, all the rest is staged for the runs, and what is good
 * goes into the live tables. The batch may come again, as a whole or in parts, and all of this ends as if it had come once.
 */
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { StreamPlan } from '../../lib/tasks/stream';
import type { Protection } from '../shared/pii';
import { type Candidate, Dedupe, keyOf, type SeenKeys } from '../shared/stream/dedupe';
import { RecordJudge } from '../shared/stream/judge-record';
import type { LookUpVersion } from '../shared/stream/schema-versions';
import { padded } from '../shared/stream/sequence-set';
import { stagedLine } from '../shared/stream/staged-line';
import { decode } from '../shared/stream/wire';
import type { RowTexts } from '../shared/unfit';
import type { UserLog } from '../shared/user-code/log';
import type { SequencedRow } from './count-window';
import type { StreamRecord } from './event';
import { LiveRows, type UserCode } from './live-rows';
import type { LiveSink } from './live-sink';
import type { ShardLog } from './shard-log';

export interface ConsumeServices {
  readonly plan: StreamPlan;
  readonly log: (shard: string) => ShardLog;
  readonly lookUp: LookUpVersion;
  readonly seen: SeenKeys;
  readonly sinks: readonly { readonly model: string; readonly sink: LiveSink }[];
  /** what else must be able to hold each row */
  readonly aggregates?: readonly Fit[] | undefined;
  readonly userCode: UserCode;
  readonly userLog: UserLog;
  readonly protection?: Protection | undefined;
  readonly now: () => number;
}

interface Fit {
  readonly model: string;
  readonly sink: Pick<LiveSink, 'refuses'>;
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
  /** rows of each model, of the good records that do not come again: of all that are staged, whichever call has staged them */
  readonly rows: readonly SequencedRow[];
}

interface Judged extends StreamRecord {
  readonly line: string;
  /** absent: the record is a bad one */
  readonly good?: {
    readonly receivedAt: number;
    readonly key: string;
    readonly rows: ReadonlyMap<string, readonly RowTexts[]>;
  };
  readonly reason?: string;
  readonly isLate?: boolean;
}

const MOST_REASONS = 5;

/** `records` are of one shard, in its order. @throws what fails for all of them */
export async function consume(records: readonly StreamRecord[], services: ConsumeServices): Promise<Consumed> {
  const { now } = services;
  const judged = await judge(records, services);
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
  const comesAgain = failed.map(({ sequence }) => padded(sequence)).toSorted()[0];
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
    rows: good
      .filter(({ sequence }) => comesAgain === undefined || padded(sequence) < comesAgain)
      .flatMap(({ sequence, good: is }) =>
        [...is!.rows].flatMap(([model, rows]) => rows.map((row) => ({ model, row, sequence }))),
      ),
  };
}

async function judge(records: readonly StreamRecord[], services: ConsumeServices): Promise<Judged[]> {
  const { plan, lookUp, protection, userCode, userLog, sinks, aggregates = [] } = services;
  const decoded = await decode(
    records.map(({ data }) => data),
    lookUp,
  );
  const judge = new RecordJudge(plan, protection);
  const live = new LiveRows(plan, userCode, userLog);
  const judged: Judged[] = [];
  for (const [index, record] of records.entries()) {
    const one = decoded[index]!;
    const of = judge.judge(one, record);
    if ('reason' in of) {
      judged.push({ ...record, ...of });
      continue;
    }
    const reject = (reason: string): Judged => ({
      ...record,
      line: 'text' in one && one.text !== undefined ? stagedLine({ text: one.text }, record, reason) : of.line,
      reason,
    });
    const made = live.isNeeded ? await live.of(of.row) : { rows: new Map([[plan.source, [of.row]]]) };
    if ('reason' in made) {
      judged.push(reject(made.reason));
      continue;
    }
    const unfit = firstRefusal(made.rows, [...sinks, ...aggregates]);
    if (unfit !== undefined) {
      judged.push(reject(`the row ${unfit}`));
      continue;
    }
    const key = plan.dedupe ? keyOf(plan.dedupe.by.map((name) => of.values[name] ?? null)) : '';
    judged.push({ ...record, line: of.line, good: { receivedAt: of.receivedAt, key, rows: made.rows } });
  }
  return judged;
}

function firstRefusal(rows: ReadonlyMap<string, readonly RowTexts[]>, sinks: readonly Fit[]): string | undefined {
  for (const { model, sink } of sinks) {
    for (const row of rows.get(model) ?? []) {
      const why = sink.refuses(row);
      if (why !== undefined) return why;
    }
  }
  return undefined;
}

async function stage(judged: readonly Judged[], services: ConsumeServices) {
  const { plan, log, seen } = services;
  const dedupe = plan.dedupe && new Dedupe(seen, plan.dedupe.withinSeconds * 1000);
  const candidates = judged.flatMap(({ sequence, good }): Candidate[] =>
    good ? [{ sequence, key: good.key, at: good.receivedAt }] : [],
  );
  const { outcomes, fresh } = await log(judged[0]!.shard).stage(judged, {
    async duplicatesAmong(_fresh, known) {
      const taken = new Set([...known].flatMap(([sequence, outcome]) => (outcome === 'staged' ? [sequence] : [])));
      return dedupe ? dedupe.duplicatesAmong(candidates, taken) : new Set();
    },
    content: (kept) => zipped(kept.map(({ line }) => line)),
    keyOf: ([first], revision) => stagedKey(plan.prefix, first!, revision),
  });
  if (dedupe) await dedupe.note(candidates.filter(({ sequence }) => outcomes.get(sequence) === 'staged'));
  const isStaged = [...fresh].some((sequence) => outcomes.get(sequence) === 'staged');
  return { outcomes, batches: isStaged ? 1 : 0 };
}

/** By the hour in which Kinesis got its first record. */
function stagedKey(prefix: string, { shard, sequence, arrivedAt }: StreamRecord, revision: number): string {
  const [, day, hour] = /^(\S+)T(\d\d)/.exec(new Date(arrivedAt).toISOString())!;
  return `${prefix}${day!.replaceAll('-', '/')}/${hour}/${shard}-${sequence}-${revision}.ndjson.gz`;
}

const gzipped = promisify(gzip);

const zipped = (lines: readonly string[]): Promise<Buffer> =>
  gzipped(`${lines.join('\n')}\n`, { level: constants.Z_BEST_SPEED });
