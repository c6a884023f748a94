import { SourceRefused } from '../../lib/tasks/errors';
import type { RowPartition } from '../../lib/tasks/extract-rows';

const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
/** Step Functions passes 256 KiB from state to state. */
const MOST_BYTES = 200 * 1024;

/** Of the run's state, where an inline Map puts what each partition has staged. */
export interface Room {
  readonly bytes: number;
  takes(id: string): number;
}

/** What a user's `plan` answers, as partitions. @throws {SourceRefused} for what is none, and for more than there is room for */
export function partitionsOf(planned: unknown, of: string, room?: Room): RowPartition[] {
  if (!Array.isArray(planned)) throw new SourceRefused(`${of} planned no list of partitions.`);
  const seen = new Set<string>();
  const partitions = planned.map((one: unknown, index): RowPartition => {
    const { id, ...values } = Object(one) as { id?: unknown };
    const which = `${of} planned partition ${index + 1}`;
    if (typeof id !== 'string' || !ID.test(id)) {
      throw new SourceRefused(
        `${which} with the id ${JSON.stringify(id)}: an id has letters, digits, _, - and ., at most 100, since it is part of S3 keys.`,
      );
    }
    if (seen.has(id)) throw new SourceRefused(`${which} with the id '${id}', which another one has.`);
    seen.add(id);
    for (const [name, value] of Object.entries(values)) {
      if (value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)) continue;
      throw new SourceRefused(`${which} with ${name}, which is no text, number, boolean or null.`);
    }
    return { id, values: values as RowPartition['values'] };
  });
  const bytes = Buffer.byteLength(JSON.stringify(partitions));
  if (bytes > MOST_BYTES) {
    throw new SourceRefused(
      `${of} planned ${partitions.length} partitions of ${bytes} bytes, and a run's state takes ${MOST_BYTES}: plan fewer and larger ones.`,
    );
  }
  const staged = room ? partitions.reduce((sum, { id }) => sum + room.takes(id), 0) : 0;
  if (room && staged > room.bytes) {
    const most = Math.floor((partitions.length * room.bytes) / staged);
    throw new SourceRefused(
      `${of} planned ${partitions.length} partitions, and the run's state has room for what some ${most} have staged. Plan fewer and larger ones, or set tolerate on the source, e.g. 0.01: its partitions then run in a Distributed Map, whose results lie in S3.`,
    );
  }
  return partitions;
}
