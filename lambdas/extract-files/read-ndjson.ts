/** NDJSON: one object a line, each member judged like a CSV field. Numbers are read as they are written, never as floats. */
import { isUtf8 } from 'node:buffer';
import type { ColumnType, ContractColumn, OnDrift } from '../../lib/tasks/common';
import { explainNull, isNullable, type Judgement, judgeValue, show } from '../shared/contract/judge-value';
import { matchHeader, newName, snakeCase } from '../shared/contract/match-header';
import type { Dialect } from '../shared/inspect-head';
import type { Format, Output, Reject } from './read-blocks';
import type { Judged } from './read-csv';
import { lineFrom } from './read-csv-record';
import { readMembers } from './read-members';
import type { ColumnStore } from './scanner/columns';

/** Lines end as in CSV. */
export const NDJSON_DIALECT: Dialect = { delimiter: 44, quote: 34, lineEnd: 'lf' };

export interface NdjsonOptions {
  readonly contract: readonly ContractColumn[];
  readonly onDrift: OnDrift;
  /** members that the contract does not know, found so far, by name: new columns when `onDrift` is 'evolve' */
  readonly extras: Map<string, string>;
  readonly file: string;
  readonly source: string;
  /** of a text or a JSON document */
  readonly mostTextBytes?: number | undefined;
}

const TEXT = { type: 'text' } as const;

type Placed =
  | { readonly raws: readonly (string | undefined)[] }
  | { readonly column: string | null; readonly reason: string };

export class NdjsonFormat implements Format {
  full = false;
  private readonly indexes = new Map<string, number>();
  private readonly taken: Set<string>;

  constructor(
    private readonly store: ColumnStore,
    private readonly options: NdjsonOptions,
  ) {
    this.taken = new Set([...options.contract.map(({ name }) => name), ...options.extras.values()]);
  }

  read(bytes: Buffer, from: number, end: number, final: boolean, out: Output): number {
    this.full = false;
    let at = from;
    while (at < end) {
      const line = lineFrom(bytes, at, end, NDJSON_DIALECT, final);
      if (!line) break;
      const judged = this.judge(bytes, at, line.end);
      if (judged && 'values' in judged) {
        this.full = !this.store.append(judged.values);
        if (this.full) break;
        out.good(1);
      } else if (judged) {
        this.store.countReject();
        out.bad(at, line.end, judged.column, judged.reason);
      }
      out.lines(1);
      at = line.next;
    }
    return at;
  }

  explainEndless(): Pick<Reject, 'column' | 'reason'> {
    return { column: null, reason: 'the record is longer than 2 MiB' };
  }

  /** Undefined for a blank line, which is no record. */
  private judge(bytes: Buffer, from: number, to: number): Judged | undefined {
    if (!isUtf8(bytes.subarray(from, to))) return { column: null, reason: 'the text is not valid UTF-8' };
    const text = bytes.toString('utf8', from, to);
    if (text.trim() === '') return undefined;
    const members = readMembers(text);
    if ('reason' in members) return { column: null, reason: members.reason };
    const { contract, extras } = this.options;
    const placed = this.place(members.members);
    if ('reason' in placed) return placed;
    const { raws } = placed;
    const values: (string | null)[] = [];
    for (const [index, column] of contract.entries()) {
      const value = columnValue(column, raws[index], this.options.mostTextBytes);
      if ('reason' in value) return { column: column.name, reason: value.reason };
      values.push(value.value || null);
    }
    for (const [index, name] of [...extras.values()].entries()) {
      const raw = raws[contract.length + index];
      const text = raw === undefined ? { value: '' } : asText(raw);
      const value = 'reason' in text ? text : judgeValue(TEXT, text.value, this.options.mostTextBytes);
      if ('reason' in value) return { column: name, reason: value.reason };
      values.push(value.value || null);
    }
    return { values };
  }

  /** The members' raw values in the order of the contract's columns, then of the new ones. */
  private place(members: ReadonlyMap<string, string>): Placed {
    const raws: (string | undefined)[] = [];
    for (const [name, raw] of members) {
      let index = this.indexes.get(name);
      if (index === undefined) {
        index = this.find(name, [...members.keys()]);
        this.indexes.set(name, index);
      }
      if (index < 0) continue;
      if (raws[index] !== undefined) {
        const column = this.options.contract[index]?.name ?? null;
        return { column, reason: `${show(name)} and another member are both column ${column}` };
      }
      raws[index] = raw;
    }
    return { raws };
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

function columnValue(column: ContractColumn, raw: string | undefined, mostTextBytes: number | undefined): Judgement {
  const text = raw === undefined ? { value: '' } : column.type.type === 'json' ? asJson(raw) : asText(raw, column.type);
  if ('reason' in text) return text;
  if (text.value === '') return isNullable(column) ? { value: '' } : { reason: explainNull(column) };
  return judgeValue(column.type, text.value, mostTextBytes);
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
