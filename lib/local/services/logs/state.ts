/** Log groups and streams, and a file of lines for each stream. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { MetricFilter, SubscriptionFilter } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError, type CloudContext } from '../../service';
import { openTable, readJournal, type Table } from '../../store';
import { createLineFiles } from './line-files';

const DAY_MS = 86_400_000;

export interface LogGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly retentionInDays?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly metricFilters?: readonly MetricFilter[];
  readonly subscriptionFilters?: readonly SubscriptionFilter[];
}

export interface LogStream {
  readonly group: string;
  readonly name: string;
  readonly createdAt: number;
  readonly firstEventAt?: number;
  readonly lastEventAt?: number;
  readonly lastIngestionAt?: number;
}

export interface LogLine {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
}

export interface LogsState {
  readonly groups: Table<LogGroup>;
  group(name: string | undefined): LogGroup;
  stream(group: string | undefined, name: string | undefined): LogStream;
  streamsOf(group: string): readonly LogStream[];
  createStream(group: string, name: string): Promise<void>;
  /** The lines are in the order of their timestamps. */
  append(stream: LogStream, lines: readonly LogLine[]): Promise<void>;
  /** In the order of their timestamps, without those past the group's retention. */
  read(stream: LogStream): Promise<readonly LogLine[]>;
  deleteStream(stream: LogStream): Promise<void>;
  deleteGroup(name: string): Promise<void>;
  close(): Promise<void>;
}

export const logGroupArn = ({ region, account }: CloudContext, name: string) =>
  `arn:aws:logs:${region}:${account}:log-group:${name}`;

/** IAM decides about streams; an action on a group is about its stream with an empty name. */
export const accessTo = (action: string, cloud: CloudContext, group = '', stream = '') => [
  { action: `logs:${action}`, resource: `${logGroupArn(cloud, group)}:log-stream:${stream}` },
];

/** Groups are named by name or by ARN, with or without `:*`. */
export const groupNameOf = (identifier: string | undefined): string =>
  (identifier ?? '').replace(/^arn:aws:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '');

export async function openLogs({ clock }: CloudContext, folder: string): Promise<LogsState> {
  const groups = await openTable<LogGroup>(join(folder, 'groups.ndjson'));
  const streams = await openTable<LogStream>(join(folder, 'streams.ndjson'), { sync: false });
  const files = createLineFiles<LogLine>();

  const keyOf = (group: string, name: string) => JSON.stringify([group, name]);
  // Names hold slashes and brackets, and may be longer than a file's.
  const fileOf = ({ group, name }: LogStream) =>
    join(folder, 'lines', `${createHash('sha256').update(keyOf(group, name)).digest('hex')}.ndjson`);

  const group = (name: string | undefined): LogGroup => {
    const found = groups.get(groupNameOf(name));
    if (!found) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return found;
  };
  const oldestKept = (name: string): number => {
    const days = groups.get(name)?.retentionInDays;
    return days === undefined ? 0 : clock.now() - days * DAY_MS;
  };
  const deleteStream = async (stream: LogStream) => {
    await streams.delete(keyOf(stream.group, stream.name));
    await files.remove(fileOf(stream));
  };

  for (const stream of [...streams.values()]) {
    if ((stream.lastEventAt ?? stream.createdAt) < oldestKept(stream.group)) await deleteStream(stream);
  }

  return {
    groups,
    group,
    stream(groupName, name) {
      const found = streams.get(keyOf(group(groupName).name, name ?? ''));
      if (!found) throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
      return found;
    },
    streamsOf: (name) => [...streams.values()].filter((stream) => stream.group === name),
    async createStream(groupName, name) {
      if (streams.has(keyOf(group(groupName).name, name))) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      }
      await streams.set(keyOf(groupName, name), { group: groupName, name, createdAt: clock.now() });
    },
    async append(stream, lines) {
      await files.append(fileOf(stream), lines);
      const key = keyOf(stream.group, stream.name);
      const current = streams.get(key);
      const [first, last] = [lines[0]?.timestamp, lines.at(-1)?.timestamp];
      if (!current || first === undefined || last === undefined) return;
      await streams.set(key, {
        ...current,
        firstEventAt: Math.min(current.firstEventAt ?? first, first),
        lastEventAt: Math.max(current.lastEventAt ?? last, last),
        lastIngestionAt: clock.now(),
      });
    },
    async read(stream) {
      const lines: LogLine[] = [];
      await readJournal<LogLine>(fileOf(stream), (line) => lines.push(line));
      const oldest = oldestKept(stream.group);
      return lines.filter(({ timestamp }) => timestamp >= oldest).sort((a, b) => a.timestamp - b.timestamp);
    },
    deleteStream,
    async deleteGroup(name) {
      for (const stream of [...streams.values()]) if (stream.group === name) await deleteStream(stream);
      await groups.delete(name);
    },
    async close() {
      await files.close();
      await streams.close();
      await groups.close();
    },
  };
}
