/** A table of Keyspaces that gets its rows record by record: on the same condition as the load of a run writes them. */
import type { KeyspacesSink } from '../../lib/tasks/common';
import type { Client } from '../shared/keyspaces/connect';
import { NO_CASSANDRA } from '../shared/keyspaces/off';
import { keysOf } from '../shared/keyspaces/unfit';
import { overtakes, type Version } from '../shared/keyspaces/version';
import { tableWriter } from '../shared/keyspaces/write-row';
import { type Pace, paced } from '../shared/pace';
import { padded } from '../shared/stream/sequence-set';
import type { FailedRow, LiveRow, LiveSink } from './live-sink';

/** What the version of a row that was written live calls its load. */
const LIVE = 'live';
const never = () => false;

export interface KeyspacesSinkServices {
  /** undefined: there is none, which is so in a local cloud only */
  readonly client: Client | undefined;
  /** of all sinks of the function */
  readonly pace: Pace;
  readonly now: () => number;
  readonly warn: (line: string) => void;
}

interface Write {
  readonly row: LiveRow;
  readonly version: Version;
  /** rows that it stands for */
  readonly of: readonly LiveRow[];
}

export function keyspacesLiveSink(sink: KeyspacesSink, { client, pace, now, warn }: KeyspacesSinkServices): LiveSink {
  const writer = client && tableWriter(client, sink, { now });
  let isTold = false;
  return {
    async write(rows) {
      if (writer === undefined) {
        if (!isTold) warn(`Nothing is written to ${sink.id}: ${NO_CASSANDRA}.`);
        isTold = true;
        return { failed: [] };
      }
      const failed: FailedRow[] = [];
      await paced(latestOfEach(rows, sink), 0, pace, never, async ({ row, version, of }) => {
        try {
          pace.answered((await writer.write(row.row, version)).attempts);
        } catch (error) {
          // What has waited for so long is retried with all that follows it.
          pace.answered(2);
          const reason = `${(error as Error).name}: ${(error as Error).message}`;
          failed.push(...of.map((one) => ({ sequence: one.sequence, reason })));
        }
      });
      return { failed };
    },
  };
}

/** Of several rows of a key only the one that stays in the end: else they would be in one another's way. */
function latestOfEach(rows: readonly LiveRow[], sink: KeyspacesSink): Write[] {
  const keys = keysOf(sink);
  const newestBy = sink.write.mode === 'merge' ? sink.write.newestBy : undefined;
  const type = sink.columns.find(({ name }) => name === newestBy)?.type;
  const writes = new Map<string, Write>();
  for (const row of rows) {
    const version: Version = {
      newest: newestBy === undefined ? null : (row.row[newestBy] ?? null),
      // Comparable with the arrivals of loads.
      arrival: `${new Date(row.receivedAt).toISOString()}#${padded(row.sequence)}`,
      load: LIVE,
      generation: 0,
    };
    const key = JSON.stringify(keys.map((name) => row.row[name]));
    const before = writes.get(key);
    const of = [...(before?.of ?? []), row];
    const stays = before === undefined || overtakes(version, before.version, sink.write, type);
    writes.set(key, stays ? { row, version, of } : { ...before, of });
  }
  return [...writes.values()];
}
