/** A record of a stream as a line of a staged file: its own members as they came, and where it was. */
import { STAGED_MEMBERS } from '../../../lib/tasks/stream';
import { readMembers } from '../contract/read-members';

export interface RecordPlace {
  readonly shard: string;
  readonly sequence: string;
  /** milliseconds since 1970: when Kinesis got it */
  readonly arrivedAt: number;
}

/** `text`: a JSON object on one line. `data`: of what is none. */
export type RecordText = { readonly text: string } | { readonly data: string };

/** `rejected`: why it is a bad record, whatever the contract says of it. */
export function stagedLine(record: RecordText, place: RecordPlace, rejected?: string): string {
  const { shard, sequence, received, rejected: reason, data } = STAGED_MEMBERS;
  const own = JSON.stringify({
    [shard]: place.shard,
    [sequence]: place.sequence,
    [received]: new Date(place.arrivedAt).toISOString(),
    ...(rejected === undefined ? {} : { [reason]: rejected }),
    ...('data' in record ? { [data]: record.data } : {}),
  });
  if ('data' in record) return own;
  const members = record.text.slice(0, -1);
  return `${members}${members.trimEnd() === '{' ? '' : ','}${own.slice(1)}`;
}

export interface StagedRecord extends RecordPlace {
  /** absent: it is no JSON object */
  readonly text?: string;
}

/** The record of a line as it was staged. */
export function stagedRecord(line: string): StagedRecord {
  // Stepwell's own members stand last, and a value in them cannot hold a quote that is not escaped.
  const own = line.lastIndexOf(`"${STAGED_MEMBERS.shard}":`);
  const members = JSON.parse(`{${line.slice(own)}`) as Record<string, string>;
  const { shard, sequence, received, data } = STAGED_MEMBERS;
  return {
    shard: members[shard]!,
    sequence: members[sequence]!,
    arrivedAt: Date.parse(members[received]!),
    ...(data in members ? {} : { text: `${line.slice(0, own).replace(/,$/, '')}}` }),
  };
}

const NAMES = Object.values(STAGED_MEMBERS);

/** A member of the record's own that has the name of one of Stepwell's. */
export function takenName(text: string): string | undefined {
  const suspects = NAMES.filter((name) => text.includes(`"${name}"`));
  if (suspects.length === 0) return undefined;
  const found = readMembers(text);
  return 'members' in found ? suspects.find((name) => found.members.has(name)) : undefined;
}
