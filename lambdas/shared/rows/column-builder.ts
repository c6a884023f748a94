/**
 * The values of one column of a batch, in Arrow's memory layout. A value is put at a row's index and counts only once the row
 * does: a row whose fifth value is bad is simply overwritten by the next.
 */
import type { ColumnType, ContractColumn } from '../../../lib/tasks/common';
import { explainNull, isNullable, judgeValue } from '../contract/judge-value';
import type { ColumnData } from './encode-parquet';
import { textOf } from './value-text';

export interface BuilderOptions {
  readonly column: ContractColumn;
  /** longest text that a target can hold, in bytes */
  readonly mostTextBytes?: number | undefined;
}

export abstract class ColumnBuilder {
  readonly column: ContractColumn;
  protected readonly type: ColumnType;
  protected readonly mostTextBytes: number | undefined;
  /** only a text tells an empty value from none */
  protected readonly keepsEmpty: boolean = false;
  private readonly reasonForNull: string | undefined;
  private validity = NO_BYTES;
  private hasNulls = false;
  private filled = 0;
  private readonly pool: Uint8Array<ArrayBuffer>[] = [];

  constructor({ column, mostTextBytes }: BuilderOptions) {
    this.column = column;
    this.type = column.type;
    this.mostTextBytes = mostTextBytes;
    this.reasonForNull = isNullable(column) ? undefined : explainNull(column);
  }

  /** Makes room for so many rows, a multiple of 8. A batch of a few rows takes the memory of a few. */
  reserve(rows: number): void {
    this.validity = grown(this.validity, rows >> 3);
  }

  /** Why the value cannot be in the column; undefined: it is in it. */
  put(row: number, value: unknown): string | undefined {
    if (value === null || value === undefined || (value === '' && !this.keepsEmpty)) {
      if (this.reasonForNull !== undefined) return this.reasonForNull;
      this.putNull(row);
      return undefined;
    }
    const reason = this.set(row, value);
    if (reason === undefined) this.validity[row >> 3]! |= 1 << (row & 7);
    return reason;
  }

  putNull(row: number): void {
    this.hasNulls = true;
    this.validity[row >> 3]! &= ~(1 << (row & 7));
    this.clear(row);
  }

  /** Bytes of values that vary in length, once `settle` has been called. */
  get bytes(): number {
    return 0;
  }

  /** Turns what waits into bytes: the rows before `rows` count. */
  settle(_rows: number): void {}

  /** Hands the batch over; the builder goes on with memory of its own. */
  seal(rows: number): ColumnData {
    const { name, type } = this.column;
    const validity = this.hasNulls ? this.validity : undefined;
    this.filled += validity ? countBits(validity, rows) : rows;
    if (this.hasNulls) this.validity = this.pool.pop() ?? NO_BYTES;
    this.hasNulls = false;
    return { name, type, ...this.take(rows), ...(validity ? { validity } : {}) };
  }

  /** Values, without NULLs, of the batches that were sealed since this was asked last. */
  takeFilled(): number {
    const { filled } = this;
    this.filled = 0;
    return filled;
  }

  /** Takes the memory of an encoded batch back, so that memory does not grow with the rows. */
  reuse({ validity, ...values }: ColumnData): void {
    if (validity) this.pool.push(validity);
    this.giveBack(values);
  }

  /** The careful way: the rules that hold for files too. */
  protected judge(row: number, value: unknown): string | undefined {
    const given = textOf(value, this.type);
    if ('reason' in given) return given.reason;
    const judgement = judgeValue(this.type, given.text, this.mostTextBytes);
    if ('reason' in judgement) return judgement.reason;
    this.setJudged(row, judgement.value);
    return undefined;
  }

  protected abstract set(row: number, value: unknown): string | undefined;
  /** `text` is in the one spelling that `judgeValue` gives. */
  protected abstract setJudged(row: number, text: string): void;
  protected clear(_row: number): void {}
  protected abstract take(rows: number): Pick<ColumnData, 'values' | 'offsets'>;
  protected abstract giveBack(data: Pick<ColumnData, 'values' | 'offsets'>): void;
}

export const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** The same bytes in a memory of `length` bytes at least. */
function grown(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (bytes.length >= length) return bytes;
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

const BITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** Of the first `rows` bits those that are set. */
function countBits(bytes: Uint8Array, rows: number): number {
  let count = 0;
  for (let at = 0; at < rows >> 3; at++) count += BITS[bytes[at]!]!;
  const rest = rows & 7;
  return rest === 0 ? count : count + BITS[bytes[rows >> 3]! & ((1 << rest) - 1)]!;
}

/** Values of one width each. */
export abstract class FixedBuilder extends ColumnBuilder {
  private readonly free: Uint8Array<ArrayBuffer>[] = [];

  constructor(
    options: BuilderOptions,
    private readonly bytesPerRow: number,
  ) {
    super(options);
    this.use(NO_BYTES.buffer);
  }

  override reserve(rows: number): void {
    super.reserve(rows);
    const memory = this.current.length > 0 ? this.current : (this.free.pop() ?? NO_BYTES);
    this.use(grown(memory, Math.ceil(rows * this.bytesPerRow)).buffer);
  }

  protected take(): Pick<ColumnData, 'values'> {
    const values = this.current;
    this.use(NO_BYTES.buffer);
    return { values };
  }

  protected giveBack({ values }: Pick<ColumnData, 'values'>): void {
    this.free.push(values);
  }

  protected current!: Uint8Array<ArrayBuffer>;

  /** Points views at the batch's memory. */
  protected use(memory: ArrayBuffer): void {
    this.current = new Uint8Array(memory);
  }
}
