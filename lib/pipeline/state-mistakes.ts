/** More partitions than a run's state has room for: seen only over all sources of a pipeline. */
import { DECLARED_PARTITIONS_BYTES, STATE_BYTES, stagedBytes } from '../tasks/state-room';
import type { Problem } from './errors';

/** Ranges of a key, segments of a scan. */
const MOST_OF_A_KIND = 1000;

type Parts = Readonly<Record<string, unknown>>;

interface Room {
  readonly source: string;
  readonly kind: unknown;
  readonly partitions: number;
  readonly bytes: number;
  /** how many there are only a run knows: one at least */
  readonly isPlanned: boolean;
}

export function stateMistakes(pipeline: string, sources: Parts): Problem[] {
  return [...tooLongLists(sources), ...tooMany(roomOf(pipeline, sources))];
}

/** What the sources whose partitions are declared leave for one that plans its own. */
export function roomForPlanned(pipeline: string, sources: Parts): number {
  const rooms = roomOf(pipeline, sources);
  const taken = rooms.reduce((sum, { bytes, isPlanned }) => sum + (isPlanned ? 0 : bytes), 0);
  return Math.floor((STATE_BYTES - taken) / Math.max(1, rooms.filter(({ isPlanned }) => isPlanned).length));
}

export const plansItsOwn = ({ kind, partitions, tolerate }: Parts): boolean =>
  kind === 'custom' && partitions === undefined && !(Number(tolerate) > 0);

/** Of each source whose partitions an inline Map reads, as many as are known. Files have 40 ranges at most, or a Distributed Map. */
function roomOf(pipeline: string, sources: Parts): Room[] {
  return Object.entries(sources).flatMap(([source, value]): Room[] => {
    const one = asRecord(value);
    const { kind, partitions, config, tolerate } = one;
    if (Number(tolerate) > 0 || config === undefined) return [];
    const isPlanned = plansItsOwn(one);
    if (Array.isArray(partitions)) {
      const ids = partitions.map((partition) => String(asRecord(partition).id));
      const bytes = ids.reduce((sum, id) => sum + stagedBytes(pipeline, source, id), 0);
      return [{ source, kind, partitions: ids.length, bytes, isPlanned }];
    }
    const { segments, partitions: ranges } = asRecord(config);
    const count = [segments, ranges].find((number): number is number => Number.isInteger(number)) ?? 1;
    // That is too many of them for the kind, whatever the state has room for.
    if (count > MOST_OF_A_KIND) return [];
    return [{ source, kind, partitions: count, bytes: count * stagedBytes(pipeline, source), isPlanned }];
  });
}

function tooMany(rooms: readonly Room[]): Problem[] {
  const bytes = rooms.reduce((sum, room) => sum + room.bytes, 0);
  if (bytes <= STATE_BYTES) return [];
  const partitions = rooms.reduce((sum, room) => sum + room.partitions, 0);
  const most = Math.floor((partitions * STATE_BYTES) / bytes);
  const [largest] = [...rooms].sort((a, b) => b.bytes - a.bytes);
  const { source, kind, partitions: own } = largest!;
  const option = kind === 'dynamoDb' ? 'segments' : 'partitions';
  const others = rooms.length > 1 ? `; with those of the other sources ${partitions}` : '';
  return [
    {
      field: `sources.${source}.${option}`,
      value: `${own} of them${others}`,
      rule: `what each has staged is part of the run's state, and Step Functions holds 256 KiB of that: room for some ${most} in all`,
      remedy:
        kind === 'httpApi' || kind === 'custom'
          ? `Have fewer, or set tolerate on ${source}, e.g. 0.01: its partitions then run in a Distributed Map, whose results lie in S3.`
          : `Use e.g. ${option}: ${Math.max(1, Math.min(100, most - partitions + own))}: 40 run at once.`,
    },
  ];
}

function tooLongLists(sources: Parts): Problem[] {
  return Object.entries(sources).flatMap(([source, value]) => {
    const { partitions, kind } = asRecord(value);
    if (!Array.isArray(partitions)) return [];
    const bytes = new TextEncoder().encode(JSON.stringify(partitions)).length;
    if (bytes <= DECLARED_PARTITIONS_BYTES) return [];
    return [
      {
        field: `sources.${source}.partitions`,
        value: `${partitions.length} of them, ${Math.ceil(bytes / 1024)} KiB as JSON`,
        rule: `the list stands in the state machine, which has room for ${DECLARED_PARTITIONS_BYTES / 1024} KiB of it`,
        remedy:
          kind === 'custom'
            ? 'Leave it out, and have the file of the extractor plan them: export const plan.'
            : "Give each fewer members, or write an extractor, whose file may plan 200 KiB of them: custom('./extract.ts', { … }).",
      },
    ];
  });
}

const asRecord = (value: unknown): Parts => (typeof value === 'object' && value !== null ? (value as Parts) : {});
