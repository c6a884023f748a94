/** Archives keep the events of a bus; a replay sends them once more, to the same bus. */
import { join } from 'node:path';
import { compilePattern, type EventMatcher } from '../../events/pattern';
import type { AwsEvent } from '../../events/transform';
import { AwsError, type CloudContext } from '../../service';
import { openTable, type Table } from '../../store';

export interface Archive {
  readonly name: string;
  readonly arn: string;
  readonly bus: string;
  readonly busArn: string;
  readonly description?: string;
  readonly eventPattern?: string;
  /** 0: for ever */
  readonly retentionDays: number;
  readonly createdAt: number;
}

export interface Replay {
  readonly name: string;
  readonly arn: string;
  readonly archive: string;
  readonly archiveArn: string;
  readonly description?: string;
  readonly destination: { readonly Arn: string; readonly FilterArns?: readonly string[] };
  readonly state: 'STARTING' | 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  /** milliseconds: of the events */
  readonly from: number;
  readonly to: number;
  readonly lastEventAt?: number;
  readonly startedAt: number;
  readonly endedAt?: number;
}

interface Kept {
  readonly archive: string;
  readonly keptAt: number;
  readonly event: AwsEvent;
}

export interface Archives {
  readonly archives: Table<Archive>;
  readonly replays: Table<Replay>;
  archive(name: string): Archive;
  replay(name: string): Replay;
  deleteArchive(name: string): Promise<void>;
  /** What an archive holds. */
  contents(name: string): { readonly count: number; readonly bytes: number };
  keep(events: readonly AwsEvent[], bus: string): Promise<void>;
  /** Returns once the replay is written down; it then runs on its own. */
  start(replay: Replay): Promise<void>;
  /** Goes on with the replays that a restart interrupted. */
  resume(): void;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

export const archiveArn = ({ region, account }: CloudContext, name: string): string =>
  `arn:aws:events:${region}:${account}:archive/${name}`;
export const replayArn = ({ region, account }: CloudContext, name: string): string =>
  `arn:aws:events:${region}:${account}:replay/${name}`;

export async function openArchives(
  { clock, log }: CloudContext,
  folder: string,
  publish: (events: readonly AwsEvent[], bus: string, rules: readonly string[] | undefined) => Promise<void>,
): Promise<Archives> {
  const archives = await openTable<Archive>(join(folder, 'archives.ndjson'));
  const replays = await openTable<Replay>(join(folder, 'replays.ndjson'));
  const kept = await openTable<Kept>(join(folder, 'archived.ndjson'));
  const running = new Set<Promise<void>>();
  const matchers = new Map<string, EventMatcher>();
  let isClosing = false;

  const matches = ({ eventPattern }: Archive, event: AwsEvent): boolean => {
    if (eventPattern === undefined) return true;
    let matcher = matchers.get(eventPattern);
    if (!matcher) {
      matcher = compilePattern(eventPattern);
      matchers.set(eventPattern, matcher);
    }
    return matcher(event);
  };
  const expired = async ({ name, retentionDays }: Archive) => {
    if (retentionDays === 0) return;
    const oldest = clock.now() - retentionDays * DAY_MS;
    for (const [key, one] of [...kept.entries()])
      if (one.archive === name && one.keptAt < oldest) await kept.delete(key);
  };
  const eventsOf = (name: string) => [...kept.values()].filter(({ archive }) => archive === name);

  const run = async ({ name, archive: from, ...asked }: Replay) => {
    const archive = archives.get(from);
    if (archive) await expired(archive);
    const due = eventsOf(from)
      .map(({ event }) => ({ event, at: Date.parse(event.time) }))
      .filter(({ at }) => at >= asked.from && at <= asked.to)
      .sort((a, b) => a.at - b.at);
    const update = async (change: Partial<Replay>): Promise<boolean> => {
      const current = replays.get(name);
      if (isClosing || !current || current.state === 'CANCELLED') return false;
      await replays.set(name, { ...current, ...change });
      return true;
    };
    for (const { event, at } of due) {
      if (!(await update({ state: 'RUNNING', lastEventAt: at }))) return;
      const bus = asked.destination.Arn.replace(/^.*:event-bus\//, '');
      await publish([{ ...event, 'replay-name': name }], bus, asked.destination.FilterArns);
    }
    await update({ state: 'COMPLETED', endedAt: clock.now() });
  };
  const launch = (replay: Replay) => {
    const work: Promise<void> = run(replay)
      .catch((error: Error) => log(`events: the replay ${replay.name} ended: ${error.message}`))
      .finally(() => running.delete(work));
    running.add(work);
  };

  return {
    archives,
    replays,
    archive(name) {
      const archive = archives.get(name);
      if (!archive) throw new AwsError('ResourceNotFoundException', `Archive ${name} does not exist.`);
      return archive;
    },
    replay(name) {
      const replay = replays.get(name);
      if (!replay) throw new AwsError('ResourceNotFoundException', `Replay ${name} does not exist.`);
      return replay;
    },
    async deleteArchive(name) {
      await archives.delete(name);
      for (const [key, one] of [...kept.entries()]) if (one.archive === name) await kept.delete(key);
    },
    contents(name) {
      const all = eventsOf(name);
      return { count: all.length, bytes: all.reduce((sum, { event }) => sum + JSON.stringify(event).length, 0) };
    },
    async keep(events, bus) {
      const keptAt = clock.now();
      for (const archive of archives.values()) {
        if (archive.bus !== bus) continue;
        const own = events.filter((event) => event['replay-name'] === undefined && matches(archive, event));
        await Promise.all(
          own.map((event) => kept.set(`${archive.name}/${event.id}`, { archive: archive.name, keptAt, event })),
        );
      }
    },
    async start(replay) {
      await replays.set(replay.name, replay);
      launch(replay);
    },
    resume() {
      for (const replay of replays.values())
        if (replay.state === 'STARTING' || replay.state === 'RUNNING') launch(replay);
    },
    async close() {
      isClosing = true;
      await Promise.all(running);
      await archives.close();
      await replays.close();
      await kept.close();
    },
  };
}

export const archiveOutput = (archive: Archive, { count, bytes }: ReturnType<Archives['contents']>) => ({
  ArchiveName: archive.name,
  EventSourceArn: archive.busArn,
  State: 'ENABLED' as const,
  RetentionDays: archive.retentionDays,
  SizeBytes: bytes,
  EventCount: count,
  CreationTime: new Date(archive.createdAt),
});

export const replayOutput = (replay: Replay) => ({
  ReplayName: replay.name,
  EventSourceArn: replay.archiveArn,
  State: replay.state,
  EventStartTime: new Date(replay.from),
  EventEndTime: new Date(replay.to),
  ReplayStartTime: new Date(replay.startedAt),
  ...(replay.lastEventAt === undefined ? {} : { EventLastReplayedTime: new Date(replay.lastEventAt) }),
  ...(replay.endedAt === undefined ? {} : { ReplayEndTime: new Date(replay.endedAt) }),
});
