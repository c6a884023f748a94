/** NDJSON: one object a line. */
import { isUtf8 } from 'node:buffer';
import type { ContractColumn } from '../../lib/tasks/common';
import { type JsonRecordOptions, JsonRecords, weigh } from '../shared/contract/judge-json';
import type { Judged } from '../shared/contract/judged';
import { matches } from '../shared/contract/match-header';
import { readMembers } from '../shared/contract/read-members';
import { type ChangedColumn, TypeEvidence } from '../shared/contract/type-evidence';
import { LineFormat } from './read-lines';
import type { ColumnStore } from './scanner/columns';

export class NdjsonFormat extends LineFormat {
  private readonly records: JsonRecords;

  constructor(store: ColumnStore, options: JsonRecordOptions) {
    super(store);
    this.records = new JsonRecords(options);
  }

  judge(bytes: Buffer, from: number, to: number): Judged | undefined {
    if (!isUtf8(bytes.subarray(from, to))) return { column: null, reason: 'the text is not valid UTF-8' };
    const text = bytes.toString('utf8', from, to);
    return text.trim() === '' ? undefined : this.records.judge(text);
  }
}

const MOST_LINES = 200;

/** The first lines of a file, without one that may be cut. */
export const firstLines = (head: Buffer): string[] =>
  head
    .toString('utf8')
    .split('\n', MOST_LINES + 1)
    .slice(0, -1);

/** What the first objects of a file say of types. */
export function lookAtJson(objects: readonly string[], contract: readonly ContractColumn[]): ChangedColumn[] {
  const evidence = new TypeEvidence(contract);
  for (const text of objects) {
    const found = readMembers(text);
    if ('reason' in found) continue;
    const raws: (string | undefined)[] = [];
    for (const [name, raw] of found.members) {
      const index = contract.findIndex((column) => matches(name, column));
      if (index >= 0) raws[index] = raw;
    }
    weigh(evidence, contract, raws);
  }
  return evidence.changed();
}
