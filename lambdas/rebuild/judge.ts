import type { RawStore } from '../../lib/tasks/rebuild';
import { type JudgeServices, judgeBatch } from '../shared/stream/judge-batch';
import type { RawRow } from './raw-table';
import type { JudgedRecord } from './read';

/** A page of records by the very code that judges those of the stream: what a live table cannot hold is a bad record here as well. */
export function judgeAs(
  services: Omit<JudgeServices, 'lookUp'>,
  { schema, table }: Pick<RawStore, 'schema' | 'table'>,
) {
  const { dedupe } = services.plan;
  return async (rows: readonly RawRow[], before: number): Promise<JudgedRecord[]> => {
    const records = rows.map(({ text, at }, index) => ({
      shard: `${schema}.${table}`,
      sequence: String(before + index + 1),
      arrivedAt: Date.parse(at),
      data: Buffer.from(text),
    }));
    const judged = await judgeBatch(records, { ...services, lookUp: async () => undefined });
    return judged.map(({ line, good }) => (good && dedupe ? { line, key: good.key } : { line }));
  };
}
