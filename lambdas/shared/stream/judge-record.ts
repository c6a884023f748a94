/**
 * What a record is worth: a good row, or a bad record and why. It is judged as the line that is staged of it, by the very code that
 * reads staged files in a run: what goes into live tables is what the run takes, and the other way round.
 */
import type { StreamPlan } from '../../../lib/tasks/stream';
import { JsonRecords } from '../contract/judge-json';
import { PartitionDrift } from '../contract/partition-drift';
import type { Protection } from '../pii';
import { duckText } from '../rows/duck-text';
import type { RowTexts } from '../unfit';
import { type RecordPlace, type RecordText, stagedLine, takenName } from './staged-line';
import { type DecodedRecord, isBadRecord } from './wire';

export type RecordContract = Pick<
  StreamPlan,
  'stream' | 'source' | 'columns' | 'onDrift' | 'mostTextBytes' | 'late' | 'receivedAt'
>;

export interface GoodRow {
  readonly line: string;
  /** as DuckDB has it: personal data as its mask or hash */
  readonly row: RowTexts;
  /** the values of `dedupe.by`, before they are protected */
  readonly values: RowTexts;
  /** milliseconds since 1970: when the producer got it, else when Kinesis did */
  readonly receivedAt: number;
}

export interface BadRow {
  readonly line: string;
  readonly reason: string;
  readonly isLate?: true;
}

/** A line that a run reads has 2 MiB at most. */
const MOST_LINE_BYTES = 2 * 1024 * 1024 - 64 * 1024;

/** Of one batch: what it remembers of the records' members must not grow with the stream. */
export class RecordJudge {
  private readonly records: JsonRecords;

  constructor(
    private readonly contract: RecordContract,
    private readonly protection?: Protection,
  ) {
    const { stream, source: name, columns, onDrift, mostTextBytes } = contract;
    this.records = new JsonRecords({
      contract: columns,
      drift: new PartitionDrift({ name, columns, onDrift }),
      extras: new Map(),
      nulled: new Set(),
      place: { file: `stream ${stream}`, source: name, names: 'members' },
      mostTextBytes,
      isStaged: true,
    });
  }

  judge(decoded: DecodedRecord, place: RecordPlace): GoodRow | BadRow {
    if (isBadRecord(decoded)) {
      const { text, data = '', reason } = decoded;
      return bad(text === undefined ? { data } : { text }, place, reason);
    }
    const { text } = decoded;
    const taken = takenName(text);
    if (taken !== undefined)
      return bad({ data: text }, place, `the record has a member ${taken}, which is the name of one of Stepwell's own`);
    const line = stagedLine({ text }, place);
    if (isTooLong(line))
      return bad(
        { data: text },
        place,
        `the record has ${Buffer.byteLength(text)} bytes, and a run reads 2 MiB at most`,
      );
    const judged = this.records.judge(line);
    if ('reason' in judged) return { line, reason: judged.reason };
    const values: Record<string, string | null> = {};
    this.contract.columns.forEach(({ name }, index) => {
      values[name] = judged.values[index] ?? null;
    });
    const receivedAt = this.receivedAt(values, place);
    const late = this.lateness(values, receivedAt);
    if (late !== undefined) return { ...bad({ text }, place, late), isLate: true };
    return { line, row: this.rowOf(values), values, receivedAt };
  }

  private receivedAt(values: RowTexts, { arrivedAt }: RecordPlace): number {
    const { receivedAt } = this.contract;
    const text = receivedAt === undefined ? null : values[receivedAt];
    return text ? timeOf(text) : arrivedAt;
  }

  /** From the record alone: it is late today if it was late when it came. */
  private lateness(values: RowTexts, receivedAt: number): string | undefined {
    const { late } = this.contract;
    const text = late && values[late.by];
    if (!late || !text || receivedAt - timeOf(text) <= late.allowSeconds * 1000) return undefined;
    return `the record is late: ${late.by} is ${text}, it was received ${new Date(receivedAt).toISOString()}, and ${late.allowSeconds} s are allowed`;
  }

  private rowOf(values: RowTexts): RowTexts {
    const row: Record<string, string | null> = {};
    for (const column of this.contract.columns) {
      const { name, type } = column;
      const text = values[name] ?? null;
      const protect = this.protection?.of(column);
      row[name] = text === null ? null : protect ? protect(text) : duckText(text, type);
    }
    return row;
  }
}

/** `2026-01-31 12:00:00.5`, or a date, in UTC. */
const timeOf = (judged: string): number =>
  Date.parse(judged.includes(' ') ? `${judged.slice(0, 23).replace(' ', 'T')}Z` : judged);

function bad(record: RecordText, place: RecordPlace, reason: string): BadRow {
  const line = stagedLine(record, place, reason);
  if (!isTooLong(line)) return { line, reason };
  // In JSON a character of it may take six.
  const text = 'text' in record ? record.text : record.data;
  return { line: stagedLine({ data: text.slice(0, MOST_LINE_BYTES / 8) }, place, reason), reason };
}

const isTooLong = (line: string): boolean =>
  line.length > MOST_LINE_BYTES / 3 && Buffer.byteLength(line) > MOST_LINE_BYTES;
