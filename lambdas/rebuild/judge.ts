import type { RawStore } from '../../lib/tasks/rebuild';
import type { StreamPlan } from '../../lib/tasks/stream';
import { keyOf } from '../shared/stream/dedupe';
import { RecordJudge } from '../shared/stream/judge-record';
import { decode } from '../shared/stream/wire';
import type { RawRow } from './raw-table';
import type { JudgedRecord } from './read';

/** A page of records by the very code that judges those of the stream. */
export function judgeAs(stream: StreamPlan, { schema, table }: Pick<RawStore, 'schema' | 'table'>) {
  const { dedupe } = stream;
  return async (rows: readonly RawRow[], before: number): Promise<JudgedRecord[]> => {
    // What a judge remembers of the members must not grow.
    const judge = new RecordJudge(stream);
    const decoded = await decode(
      rows.map(({ text }) => Buffer.from(text)),
      async () => undefined,
    );
    return decoded.map((record, index) => {
      const place = {
        shard: `${schema}.${table}`,
        sequence: String(before + index + 1),
        arrivedAt: Date.parse(rows[index]!.at),
      };
      const judged = judge.judge(record, place);
      if ('reason' in judged || dedupe === undefined) return { line: judged.line };
      return { line: judged.line, key: keyOf(dedupe.by.map((name) => judged.values[name] ?? null)) };
    });
  };
}
