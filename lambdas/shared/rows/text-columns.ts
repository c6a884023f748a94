/**
 * Texts and JSON documents. They wait as JavaScript strings for a few hundred rows and are then written as one: one call into
 * native code for all of them, where a call for each costs more than the bytes.
 */
import { isWellFormed, jsonFault } from '../contract/judge-value';
import { type BuilderOptions, ColumnBuilder } from './column-builder';
import type { ColumnData } from './encode-parquet';
import { isWrittenNumber, jsonText } from './value-text';

/** Texts wait for so many rows at most. */
export const SETTLE_ROWS = 256;
/** No target takes more in one value. */
const MOST_CHARACTERS = 16 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

/** Shared by a batch's columns: characters that wait, so that long ones are settled early. */
export interface Waiting {
  characters: number;
}

export class TextBuilder extends ColumnBuilder {
  protected override readonly keepsEmpty: boolean = true;
  protected readonly length: number;
  private readonly waiting: string[] = new Array<string>(SETTLE_ROWS).fill('');
  private settled = 0;
  private used = 0;
  private values: Buffer<ArrayBuffer> = Buffer.from(new ArrayBuffer(FIRST_BYTES));
  private offsets: Int32Array<ArrayBuffer> = new Int32Array(1);
  private readonly freeValues: Buffer<ArrayBuffer>[] = [];
  private readonly freeOffsets: Int32Array<ArrayBuffer>[] = [];

  constructor(
    options: BuilderOptions,
    private readonly shared: Waiting,
  ) {
    super(options);
    const { type } = options.column;
    // Three bytes for each UTF-16 unit at most.
    const mostBytes = Math.floor((this.mostTextBytes ?? Number.POSITIVE_INFINITY) / 3);
    const length = type.type === 'text' ? (type.length ?? MOST_CHARACTERS) : MOST_CHARACTERS;
    this.length = Math.min(length, mostBytes, MOST_CHARACTERS);
  }

  override reserve(rows: number): void {
    super.reserve(rows);
    const { offsets } = this;
    if (offsets.length > rows) return;
    this.offsets = new Int32Array(rows + 1);
    this.offsets.set(offsets);
  }

  /** A column that begins in the middle of a batch: the rows before have no value. */
  startAt(row: number): void {
    this.settled = row;
    for (let before = 0; before < row; before++) this.putNull(before);
  }

  override get bytes(): number {
    return this.used;
  }

  protected set(row: number, value: unknown): string | undefined {
    if (typeof value !== 'string') return this.judge(row, value);
    // A NUL, half a surrogate pair or a long text: the rules say what is wrong with it.
    if (value.length > this.length || value.indexOf('\0') >= 0 || !isWellFormed(value)) return this.judge(row, value);
    this.setJudged(row, value);
    return undefined;
  }

  protected setJudged(row: number, text: string): void {
    this.waiting[row - this.settled] = text;
    this.shared.characters += text.length;
  }

  protected override clear(row: number): void {
    if (row >= this.settled) this.waiting[row - this.settled] = '';
  }

  protected override judge(row: number, value: unknown): string | undefined {
    if (typeof value === 'string' && value.length > MOST_CHARACTERS) {
      return `the text has ${value.length} characters, and no target takes more than ${MOST_CHARACTERS}`;
    }
    return super.judge(row, value);
  }

  override settle(rows: number): void {
    const count = rows - this.settled;
    if (count === 0) return;
    const { waiting, offsets, settled } = this;
    const joined = (count === waiting.length ? waiting : waiting.slice(0, count)).join('');
    this.makeRoom(joined);
    const written = this.values.write(joined, this.used);
    let end = this.used;
    if (written === joined.length) {
      for (let index = 0; index < count; index++) {
        end += waiting[index]!.length;
        offsets[settled + index + 1] = end;
      }
    } else {
      for (let index = 0; index < count; index++) {
        end += Buffer.byteLength(waiting[index]!);
        offsets[settled + index + 1] = end;
      }
    }
    this.used = end;
    this.settled = rows;
  }

  protected take(rows: number): Pick<ColumnData, 'values' | 'offsets'> {
    this.settle(rows);
    const { values, offsets } = this;
    this.values = this.freeValues.pop() ?? Buffer.from(new ArrayBuffer(FIRST_BYTES));
    this.offsets = this.freeOffsets.pop() ?? new Int32Array(1);
    this.settled = 0;
    this.used = 0;
    return { values: new Uint8Array(values.buffer), offsets };
  }

  protected giveBack({ values, offsets }: Pick<ColumnData, 'values' | 'offsets'>): void {
    this.freeValues.push(Buffer.from(values.buffer));
    if (offsets) this.freeOffsets.push(offsets);
  }

  private makeRoom(joined: string): void {
    const { used, values } = this;
    if (used + joined.length * 3 <= values.length) return;
    const needed = used + Buffer.byteLength(joined);
    if (needed <= values.length) return;
    const larger = Buffer.from(new ArrayBuffer(Math.max(needed, values.length * 2)));
    values.copy(larger, 0, 0, used);
    this.values = larger;
  }
}

/** Documents are stored as text. What is not a text already is written as one. */
export class JsonBuilder extends TextBuilder {
  protected override readonly keepsEmpty: boolean;

  constructor(
    options: BuilderOptions,
    shared: Waiting,
    /** whether a string is a value of a document (an API's answer) or the text of one (a database's column) */
    private readonly strings: 'value' | 'document',
  ) {
    super(options, shared);
    this.keepsEmpty = strings === 'value';
  }

  protected override set(row: number, value: unknown): string | undefined {
    if (typeof value === 'string' && this.strings === 'document') return this.judge(row, value);
    if (value instanceof Uint8Array && this.strings === 'document') return this.judge(row, value);
    if (typeof value === 'number' && !Number.isFinite(value)) return `${value} is not JSON`;
    const text = jsonText(value);
    // Written just now, so it need not be parsed again to be JSON.
    if (text.length > this.length || jsonFault(value) !== undefined) return this.judge(row, text);
    this.setJudged(row, text);
    return undefined;
  }
}

/** A column that no contract knows: whatever it holds, as text. */
export class NewColumnBuilder extends TextBuilder {
  protected override set(row: number, value: unknown): string | undefined {
    const isDocument = typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array);
    return super.set(row, isDocument && !isWrittenNumber(value) ? jsonText(value) : value);
  }
}
