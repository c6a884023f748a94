/** NDJSON: one object a line, each member judged like a CSV field. Numbers are read as they are written, never as floats. */
import { isUtf8 } from 'node:buffer';
import type { ColumnType, ContractColumn, OnDrift } from '../../lib/tasks/common';
import { canonicalField } from './canonical';
import { type Judgement, judgeValue, show } from './judge-value';
import { matchHeader, newName, snakeCase } from './match-header';
import type { Format, Output } from './read-blocks';
import { explainNull, isNullable } from './read-csv';
import { type Dialect, lineFrom } from './read-csv-record';
import { readMembers } from './read-members';

/** How good records are written for DuckDB. */
export const NDJSON_DIALECT: Dialect = { delimiter: 44, quote: 34, lineEnd: 'lf' };

export interface NdjsonOptions {
  readonly contract: readonly ContractColumn[];
  readonly onDrift: OnDrift;
  /** members that the contract does not know, found so far, by name: new columns when `onDrift` is 'evolve' */
  readonly extras: Map<string, string>;
  readonly numbered: boolean;
  readonly file: string;
  readonly source: string;
}

export class NdjsonFormat implements Format {
  private readonly indexes = new Map<string, number>();
  private readonly taken: Set<string>;
  private row = 0;

  constructor(private readonly options: NdjsonOptions) {
    this.taken = new Set([...options.contract.map(({ name }) => name), ...options.extras.values()]);
  }

  read(bytes: Buffer, from: number, end: number, final: boolean, out: Output): number {
    let at = from;
    while (at < end) {
      const line = lineFrom(bytes, at, end, NDJSON_DIALECT, final);
      if (!line) break;
      this.readLine(bytes, at, line.end, out);
      out.lines(1);
      at = line.next;
    }
    return at;
  }

  explainEndless(): string {
    return 'the record is longer than 2 MiB';
  }

  private readLine(bytes: Buffer, from: number, to: number, out: Output): void {
    if (!isUtf8(bytes.subarray(from, to))) {
      this.row++;
      out.bad(from, to, null, 'the text is not valid UTF-8');
      return;
    }
    const text = bytes.toString('utf8', from, to);
    if (text.trim() === '') return;
    this.row++;
    const members = readMembers(text);
    if ('reason' in members) {
      out.bad(from, to, null, members.reason);
      return;
    }
    const { contract, extras, numbered } = this.options;
    const raws = this.place(members.members);
    const values: string[] = [];
    for (const [index, column] of contract.entries()) {
      const value = columnValue(column, raws[index]);
      if ('reason' in value) {
        out.bad(from, to, column.name, value.reason);
        return;
      }
      values.push(canonicalField(value.value, ',', 34));
    }
    for (let index = 0; index < extras.size; index++) {
      const raw = raws[contract.length + index];
      const value = raw === undefined ? { value: '' } : asText(raw);
      values.push('value' in value && value.value !== '' ? canonicalField(value.value, ',', 34) : '');
    }
    if (numbered) values.push(String(this.row));
    out.rewritten(values.length === 1 && values[0] === '' ? '""\n' : `${values.join(',')}\n`);
  }

  /** The members' raw values in the order of the contract's columns, then of the new ones. */
  private place(members: ReadonlyMap<string, string>): (string | undefined)[] {
    const raws: (string | undefined)[] = [];
    for (const [name, raw] of members) {
      let index = this.indexes.get(name);
      if (index === undefined) {
        index = this.find(name, [...members.keys()]);
        this.indexes.set(name, index);
      }
      if (index >= 0) raws[index] = raw;
    }
    return raws;
  }

  private find(name: string, all: readonly string[]): number {
    const { contract, extras, onDrift, file, source } = this.options;
    const index = contract.findIndex((column) =>
      column.from === undefined ? name === column.name || snakeCase(name) === column.name : name === column.from,
    );
    if (index >= 0) return index;
    if (onDrift === 'ignore') return -1;
    if (onDrift === 'fail') matchHeader(all, contract, onDrift, { file, source });
    if (!extras.has(name)) extras.set(name, newName(name, extras.size + contract.length, this.taken));
    return contract.length + [...extras.keys()].indexOf(name);
  }
}

function columnValue(column: ContractColumn, raw: string | undefined): Judgement {
  const text = raw === undefined ? { value: '' } : column.type.type === 'json' ? asJson(raw) : asText(raw, column.type);
  if ('reason' in text) return text;
  if (text.value === '') return isNullable(column) ? { value: '' } : { reason: explainNull(column) };
  return judgeValue(column.type, text.value);
}

const asJson = (raw: string): Judgement => ({ value: raw === 'null' ? '' : raw });

/** An object or array is a value of a json column, and of a new column, whose type nobody has stated. */
function asText(raw: string, type?: ColumnType): Judgement {
  if (raw === 'null') return { value: '' };
  if (raw.startsWith('"')) return { value: JSON.parse(raw) as string };
  if (type && (raw.startsWith('{') || raw.startsWith('['))) {
    return { reason: `${show(raw)} is ${raw.startsWith('{') ? 'an object' : 'an array'}; the column is ${type.type}` };
  }
  return { value: raw };
}
