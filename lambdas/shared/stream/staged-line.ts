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

const NAMES = Object.values(STAGED_MEMBERS);

/** A member of the record's own that has the name of one of Stepwell's. */
export function takenName(text: string): string | undefined {
  const suspects = NAMES.filter((name) => text.includes(`"${name}"`));
  if (suspects.length === 0) return undefined;
  const found = readMembers(text);
  return 'members' in found ? suspects.find((name) => found.members.has(name)) : undefined;
}
