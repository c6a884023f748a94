/** Rows as columns, until there are enough of them for a file. */
import type { ContractColumn, OutputColumn } from '../../../lib/tasks/common';
import type { TypeEvidence } from '../contract/type-evidence';
import { hasPii, type Protection } from '../pii';
import type { BuilderOptions, ColumnBuilder } from './column-builder';
import type { ColumnData } from './encode-parquet';
import {
  BigintBuilder,
  BooleanBuilder,
  DateBuilder,
  DecimalBuilder,
  DoubleBuilder,
  IntegerBuilder,
  TimestampBuilder,
} from './fixed-columns';
import { type Members, memberOf } from './match-members';
import { ProtectedBuilder } from './protected-builder';
import { JsonBuilder, NewColumnBuilder, SETTLE_ROWS, TextBuilder, type Waiting } from './text-columns';
import { jsonText } from './value-text';

const MIB = 1024 * 1024;
/** Of values in memory, a third to a tenth of it in the file. Four times that is in memory at most: filling, encoding, encoded. */
const BATCH_BYTES = 24 * MIB;
/** Four row groups. */
const MOST_ROWS = 245_760;
/** Memory is for so many rows at first, and twice as many each time that they are full. */
const FIRST_ROWS = 2048;
const WIDEST_BYTES = 17;
const MOST_WAITING_CHARACTERS = 2 * MIB;

export interface BatchOptions {
  readonly columns: readonly ContractColumn[];
  readonly strings: 'value' | 'document';
  /** longest text that a target can hold, in bytes */
  readonly mostTextBytes?: number | undefined;
  /** what values say of the columns' types */
  readonly evidence: TypeEvidence;
  /** masks and hashes personal data; columns that are none need it not */
  readonly protection?: Protection | undefined;
  /** smaller ones make more files (tests) */
  readonly batchBytes?: number;
}

export interface BadValue {
  readonly column: string;
  readonly reason: string;
}

export class Batch {
  rows = 0;
  /** for so many rows there is memory */
  private room = 0;
  private readonly builders: ColumnBuilder[];
  private readonly evidence: TypeEvidence;
  private readonly contractColumns: number;
  private readonly capacity: number;
  private readonly batchBytes: number;
  private readonly bytesPerRow: number;
  private readonly mostTextBytes: number | undefined;
  private readonly waiting: Waiting = { characters: 0 };

  constructor({ columns, strings, mostTextBytes, evidence, protection, batchBytes = BATCH_BYTES }: BatchOptions) {
    this.mostTextBytes = mostTextBytes;
    this.batchBytes = batchBytes;
    this.bytesPerRow = columns.reduce((sum, { type }) => sum + (type.type === 'decimal' ? WIDEST_BYTES : 9), 0);
    const fitting = Math.floor(batchBytes / Math.max(this.bytesPerRow, 1));
    this.capacity = Math.max(SETTLE_ROWS, Math.min(MOST_ROWS, fitting) & ~(SETTLE_ROWS - 1));
    const { waiting } = this;
    this.evidence = evidence;
    if (protection === undefined && hasPii(columns)) throw new Error('There is nothing to protect personal data with.');
    this.contractColumns = columns.length;
    this.builders = columns.map((column) => {
      const protect = protection?.of(column);
      const options = { column, mostTextBytes };
      return protect ? new ProtectedBuilder(options, waiting, protect) : builderFor(options, waiting, strings);
    });
  }

  /** Adds a column that rows have from now on; returns its index. */
  addColumn(name: string): number {
    const column: ContractColumn = { name, type: { type: 'text' }, nullable: true, key: false };
    const builder = new NewColumnBuilder({ column, mostTextBytes: this.mostTextBytes }, this.waiting);
    builder.reserve(this.room);
    builder.startAt(this.rows);
    return this.builders.push(builder) - 1;
  }

  get columns(): OutputColumn[] {
    return this.builders.map(({ column: { name, type, nullable } }) => ({ name, type, nullable }));
  }

  /** Undefined: the row is in. */
  add(row: Readonly<Record<string, unknown>>, members: Members): BadValue | undefined {
    const { builders, rows } = this;
    if (rows === this.room) this.makeRoom();
    for (let index = 0; index < builders.length; index++) {
      const builder = builders[index]!;
      const reason = builder.put(rows, memberOf(row, members[index]));
      if (reason !== undefined) {
        this.weigh(row, members);
        return { column: builder.column.name, reason };
      }
    }
    this.rows = rows + 1;
    if (((rows + 1) & (SETTLE_ROWS - 1)) === 0 || this.waiting.characters > MOST_WAITING_CHARACTERS) this.settle();
    return undefined;
  }

  /** What a bad row's values say of the columns' types. They are put where the next row's will be. */
  private weigh(row: Readonly<Record<string, unknown>>, members: Members): void {
    for (let index = 0; index < this.contractColumns; index++) {
      const value = memberOf(row, members[index]);
      if (value === null || value === undefined || value === '') continue;
      if (this.builders[index]!.put(this.rows, value) === undefined) this.evidence.fit(index);
      else this.evidence.misfit(index, typeof value === 'string' ? value : jsonText(value));
    }
  }

  /** What the good rows say of types, of all that was sealed. */
  weighRows(): void {
    this.builders.slice(0, this.contractColumns).forEach((builder, index) => {
      this.evidence.fit(index, builder.takeFilled());
    });
  }

  get isFull(): boolean {
    return this.rows >= this.capacity || this.bytes >= this.batchBytes;
  }

  /** Hands the columns over, and is empty again. */
  seal(): ColumnData[] {
    const { rows } = this;
    this.settle();
    const sealed = this.builders.map((builder) => builder.seal(rows));
    this.rows = 0;
    this.room = 0;
    this.bytes = 0;
    return sealed;
  }

  reuse(columns: readonly ColumnData[]): void {
    columns.forEach((column, index) => {
      this.builders[index]!.reuse(column);
    });
  }

  private bytes = 0;

  private makeRoom(): void {
    this.room = Math.min(this.capacity, Math.max(FIRST_ROWS, this.room * 2));
    for (const builder of this.builders) builder.reserve(this.room);
  }

  private settle(): void {
    let bytes = this.rows * this.bytesPerRow;
    for (const builder of this.builders) {
      builder.settle(this.rows);
      bytes += builder.bytes;
    }
    this.bytes = bytes;
    this.waiting.characters = 0;
  }
}

function builderFor(options: BuilderOptions, waiting: Waiting, strings: 'value' | 'document'): ColumnBuilder {
  switch (options.column.type.type) {
    case 'integer':
      return new IntegerBuilder(options);
    case 'bigint':
      return new BigintBuilder(options);
    case 'decimal':
      return new DecimalBuilder(options);
    case 'double':
      return new DoubleBuilder(options);
    case 'boolean':
      return new BooleanBuilder(options);
    case 'date':
      return new DateBuilder(options);
    case 'timestamp':
      return new TimestampBuilder(options);
    case 'text':
      return new TextBuilder(options, waiting);
    case 'json':
      return new JsonBuilder(options, waiting, strings);
  }
}
