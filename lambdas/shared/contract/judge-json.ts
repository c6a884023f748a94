/** Records in JSON, one object each, every member judged like a CSV field. Numbers are read as they are written, never as floats. */
import type { ColumnType, ContractColumn } from '../../../lib/tasks/common';
import type { Place } from './difference';
import { explainNull, isNullable, type Judgement, judgeValue, show } from './judge-value';
import type { Judged } from './judged';
import { matches, matchHeader, newName } from './match-header';
import type { PartitionDrift } from './partition-drift';
import { readMembers } from './read-members';
import { StagedRecords } from './staged-records';
import type { TypeEvidence } from './type-evidence';
import { guessType } from './type-names';

export interface JsonRecordOptions {
  readonly contract: readonly ContractColumn[];
  readonly drift: PartitionDrift;
  /** members that the contract does not know, found so far, by name: new columns where they evolve */
  readonly extras: Map<string, string>;
  /** columns that hold something else than the contract says, and are NULL therefore */
  readonly nulled: ReadonlySet<number>;
  readonly place: Place;
  /** of a text or a JSON document */
  readonly mostTextBytes?: number | undefined;
  /** what a record is in messages; default: a line */
  readonly unit?: 'line' | 'element';
  /** it was staged of a stream: columns are paths, and some members are Stepwell's own */
  readonly isStaged?: boolean;
}

const TEXT = { type: 'text' } as const;

type Placed =
  | { readonly raws: readonly (string | undefined)[] }
  | { readonly column: string | null; readonly reason: string };

/** Judges records of one source, each as it is written. */
export class JsonRecords {
  private readonly indexes = new Map<string, number>();
  private readonly taken: Set<string>;
  private readonly staged: StagedRecords | undefined;

  constructor(private readonly options: JsonRecordOptions) {
    this.staged = options.isStaged ? new StagedRecords(options.contract) : undefined;
    this.taken = new Set([...options.contract.map(({ name }) => name), ...options.extras.values()]);
  }

  judge(text: string): Judged {
    const found = readMembers(text, this.options.unit);
    if ('reason' in found) return { column: null, reason: found.reason };
    return this.staged ? this.staged.judge(text, found.members, this.judgeMembers) : this.judgeMembers(found.members);
  }

  private judgeMembers = (members: ReadonlyMap<string, string>): Judged => {
    const { contract, extras } = this.options;
    const placed = this.place(members);
    if ('reason' in placed) return placed;
    const { raws } = placed;
    const values: (string | null)[] = [];
    for (const [index, column] of contract.entries()) {
      const value = columnValue(column, raws[index], this.options.mostTextBytes);
      if ('reason' in value) {
        weigh(this.options.drift.evidence, contract, raws);
        return { column: column.name, reason: value.reason };
      }
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
  };

  /** The members' raw values in the order of the contract's columns, then of the new ones. */
  private place(members: ReadonlyMap<string, string>): Placed {
    const { contract, drift, nulled } = this.options;
    const raws: (string | undefined)[] = [];
    let unknown: string | undefined;
    for (const [name, raw] of members) {
      let index = this.indexes.get(name);
      if (index === undefined) {
        index = this.find(name, members);
        this.indexes.set(name, index);
        drift.seen.add(index);
      }
      if (index < 0) unknown ??= name;
      if (index < 0 || nulled.has(index)) continue;
      if (raws[index] !== undefined) {
        const column = contract[index]?.name ?? null;
        return { column, reason: `${show(name)} and another member are both column ${column}` };
      }
      raws[index] = raw;
    }
    if (unknown !== undefined && drift.policy.newColumns === 'quarantine') {
      return { column: null, reason: `the contract does not know the member ${show(unknown)}` };
    }
    if (drift.policy.missingColumns === 'quarantine') {
      const absent = contract.find((_, index) => raws[index] === undefined && !nulled.has(index));
      if (absent) return { column: absent.name, reason: `the member ${show(absent.from ?? absent.name)} is missing` };
    }
    return { raws };
  }

  private find(name: string, members: ReadonlyMap<string, string>): number {
    const { contract, extras, drift, place } = this.options;
    const index = contract.findIndex((column) => matches(name, column));
    if (index >= 0) return index;
    const { newColumns } = drift.policy;
    const typeOf = (raw: string) => (raw.startsWith('"') ? 'text' : guessType(raw === 'null' ? [] : [raw]));
    if (newColumns === 'fail') {
      const names = [...members.keys()];
      matchHeader(names, contract, drift.policy, place, () => ({
        types: [...members.values()].map(typeOf),
        changed: [],
      }));
    }
    const is = typeOf(members.get(name)!);
    drift.tellNew(name, is);
    if (newColumns !== 'evolve') return -1;
    if (!extras.has(name)) extras.set(name, newName(name, extras.size + contract.length, this.taken));
    return contract.length + [...extras.keys()].indexOf(name);
  }
}

/** Each value of a row: is it of its column's type? */
export function weigh(
  evidence: TypeEvidence,
  contract: readonly ContractColumn[],
  raws: readonly (string | undefined)[],
): void {
  for (const [index, column] of contract.entries()) {
    const raw = raws[index];
    if (raw === undefined || raw === 'null' || raw === '""') continue;
    if ('value' in columnValue(column, raw, undefined)) evidence.fit(index);
    else evidence.misfit(index, raw.startsWith('"') ? (JSON.parse(raw) as string) : raw);
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
