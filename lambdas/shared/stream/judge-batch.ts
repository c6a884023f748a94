/**
 * What each record of a batch is worth: by the contract, by the row function that live tables read, and by whether those can hold its rows. The
 * stream's function and a rebuild ask the same.
 */
import type { StreamPlan } from '../../../lib/tasks/stream';
import type { Protection } from '../pii';
import type { RowTexts } from '../unfit';
import type { UserLog } from '../user-code/log';
import { keyOf } from './dedupe';
import type { Fit } from './fits';
import { RecordJudge } from './judge-record';
import { LiveRows, type RowsByModel, type UserCode } from './live-rows';
import type { LookUpVersion } from './schema-versions';
import { type RecordPlace, stagedLine } from './staged-line';
import { decode } from './wire';

export interface JudgeServices {
  readonly plan: StreamPlan;
  readonly lookUp: LookUpVersion;
  readonly fits: readonly Fit[];
  readonly userCode: UserCode;
  readonly userLog: UserLog;
  readonly protection?: Protection | undefined;
}

export interface RawRecord extends RecordPlace {
  readonly data: Uint8Array;
}

export interface Judged extends RecordPlace {
  /** as it is staged */
  readonly line: string;
  /** absent: the record is a bad one */
  readonly good?: {
    readonly receivedAt: number;
    /** by which duplicates are told, where they are */
    readonly key: string;
    readonly rows: RowsByModel;
  };
  readonly reason?: string;
  readonly isLate?: boolean;
}

/** @throws what the schema registry answers when it is busy or down */
export async function judgeBatch(records: readonly RawRecord[], services: JudgeServices): Promise<Judged[]> {
  const { plan, lookUp, protection, userCode, userLog, fits } = services;
  const decoded = await decode(
    records.map(({ data }) => data),
    lookUp,
  );
  const judge = new RecordJudge(plan, protection);
  const live = new LiveRows(plan, userCode, userLog);
  const judged: Judged[] = [];
  for (const [index, { shard, sequence, arrivedAt }] of records.entries()) {
    const place = { shard, sequence, arrivedAt };
    const one = decoded[index]!;
    const of = judge.judge(one, place);
    if ('reason' in of) {
      judged.push({ ...place, ...of });
      continue;
    }
    const reject = (reason: string): Judged => ({
      ...place,
      line: 'text' in one && one.text !== undefined ? stagedLine({ text: one.text }, place, reason) : of.line,
      reason,
    });
    const made = await live.of(of.row);
    if ('reason' in made) {
      judged.push(reject(made.reason));
      continue;
    }
    const unfit = firstRefusal(made.rows, fits);
    if (unfit !== undefined) {
      judged.push(reject(`the row ${unfit}`));
      continue;
    }
    const key = plan.dedupe ? keyOf(plan.dedupe.by.map((name) => of.values[name] ?? null)) : '';
    judged.push({ ...place, line: of.line, good: { receivedAt: of.receivedAt, key, rows: made.rows } });
  }
  return judged;
}

function firstRefusal(rows: ReadonlyMap<string, readonly RowTexts[]>, fits: readonly Fit[]): string | undefined {
  for (const { model, refuses } of fits) {
    for (const row of rows.get(model) ?? []) {
      const why = refuses(row);
      if (why !== undefined) return why;
    }
  }
  return undefined;
}
