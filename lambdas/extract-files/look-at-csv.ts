/** The first records of a CSV file, for what their values say of types. */
import type { ContractColumn } from '../../lib/tasks/common';
import type { Convention } from '../shared/contract/conventions';
import { judgeValue } from '../shared/contract/judge-value';
import type { LookAtTypes } from '../shared/contract/match-header';
import { TypeEvidence } from '../shared/contract/type-evidence';
import { guessType } from '../shared/contract/type-names';
import { type Dialect, HEAD_BYTES } from '../shared/inspect-head';
import { fieldText, readCsvRecord } from './read-csv-record';

const MOST_RECORDS = 100;

export interface CsvHead {
  readonly head: Buffer;
  /** where the first record begins */
  readonly from: number;
  readonly dialect: Dialect;
  readonly nullText?: string | undefined;
  readonly conventionOf: (column: ContractColumn) => Convention | undefined;
}

export function lookAtCsv({ head, from, dialect, nullText, conventionOf }: CsvHead): LookAtTypes {
  return (matched) => {
    const known = matched.flatMap((column) => (column ? [column] : []));
    const evidence = new TypeEvidence(known);
    const indexes = matched.map((column) => (column ? known.indexOf(column) : -1));
    const conventions = known.map(conventionOf);
    const samples = matched.map((): string[] => []);
    for (const texts of recordsOf(head, from, dialect)) {
      if (texts.length !== matched.length) continue;
      for (const [place, text] of texts.entries()) {
        if (text === '' || text === nullText) continue;
        const index = indexes[place]!;
        if (index < 0) {
          samples[place]!.push(text);
          continue;
        }
        const written = conventions[index]?.(text) ?? { value: text };
        const fits = 'value' in written && 'value' in judgeValue(known[index]!.type, written.value);
        if (fits) evidence.fit(index);
        else evidence.misfit(index, text);
      }
    }
    return { types: samples.map(guessType), changed: evidence.changed() };
  };
}

function* recordsOf(head: Buffer, from: number, dialect: Dialect): Generator<string[]> {
  // A head that is not full is the whole file.
  const isWhole = head.length < HEAD_BYTES - 3;
  for (let at = from, count = 0; at < head.length && count < MOST_RECORDS; count++) {
    const record = readCsvRecord(head, at, head.length, dialect, isWhole);
    if (record.kind !== 'record') return;
    yield record.fields.map((field) => fieldText(head, field, dialect.quote));
    at = record.next;
  }
}
