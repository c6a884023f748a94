/** The first rows of a source, held back until they have told which columns hold something else than the contract says. */
import type { ContractColumn } from '../../../lib/tasks/common';
import { judgeValue } from '../contract/judge-value';
import { type ChangedColumn, TypeEvidence } from '../contract/type-evidence';
import { type Aside, type Members, memberOf } from './match-members';
import type { Row } from './paths';
import { jsonText, textOf } from './value-text';

const MOST_ROWS = 1000;
const MOST_CHARACTERS = 4 * 1024 * 1024;

export interface HeldRow {
  readonly row: Row;
  readonly position: number;
  readonly raw: (() => string) | undefined;
}

export class HeadRows {
  readonly rows: HeldRow[] = [];
  private readonly evidence: TypeEvidence;
  private characters = 0;

  constructor(
    private readonly columns: readonly ContractColumn[],
    private readonly match: (row: Row) => Members | Aside,
  ) {
    this.evidence = new TypeEvidence(columns);
  }

  add(held: HeldRow): void {
    this.rows.push(held);
    const members = this.match(held.row);
    if ('reason' in members) return;
    for (const [index, { type }] of this.columns.entries()) {
      const value = memberOf(held.row, members[index]);
      if (value === null || value === undefined || value === '') continue;
      const text = typeof value === 'string' ? value : jsonText(value);
      this.characters += text.length;
      const given = type.type === 'json' ? { text } : textOf(value, type);
      const fits = type.type === 'json' || ('text' in given && 'value' in judgeValue(type, given.text));
      if (fits) this.evidence.fit(index);
      else this.evidence.misfit(index, text);
    }
  }

  get isFull(): boolean {
    return this.rows.length >= MOST_ROWS || this.characters >= MOST_CHARACTERS;
  }

  get changed(): ChangedColumn[] {
    return this.evidence.changed();
  }
}
