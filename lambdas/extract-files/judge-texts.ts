/** A record of texts, field by field: what a file writes becomes the one spelling that the column store knows. */
import type { ContractColumn } from '../../lib/tasks/common';
import type { Convention } from '../shared/contract/conventions';
import { explainNull, isNullable, type Judgement, judgeValue } from '../shared/contract/judge-value';
import type { Judged } from '../shared/contract/judged';
import type { FileColumn } from '../shared/contract/match-header';
import type { TypeEvidence } from '../shared/contract/type-evidence';

export interface TextRules {
  readonly columns: readonly FileColumn[];
  /** of each column: how its values are written, where that is not the contract's own spelling */
  readonly conventions?: readonly (Convention | undefined)[];
  /** stands for NULL besides an empty field */
  readonly nullText?: string | undefined;
  /** of each column: tells texts that need no judging, as they were values of the very type; it need not know all of them */
  readonly sure?: readonly (((text: string) => boolean) | undefined)[];
  /** of a text or a JSON document */
  readonly mostTextBytes?: number | undefined;
  /** what bad records say of the types of the contract's columns */
  readonly contract?: readonly ContractColumn[];
  readonly evidence?: TypeEvidence;
}

export class TextJudge {
  /** of each column its place in the contract */
  private readonly places: readonly number[];

  constructor(private readonly rules: TextRules) {
    const { columns, contract = [] } = rules;
    this.places = columns.map((column) => (column.contract ? contract.indexOf(column.contract) : -1));
  }

  /** `textOf` a field of the record; it may be asked twice. */
  judge(textOf: (index: number) => string): Judged {
    const { columns, sure } = this.rules;
    const values: (string | null)[] = [];
    for (let index = 0; index < columns.length; index++) {
      const { contract, ignored } = columns[index]!;
      const text = ignored ? '' : textOf(index);
      if (this.isNull(text)) {
        if (contract && !isNullable(contract)) {
          this.weigh(textOf);
          return { column: contract.name, reason: explainNull(contract) };
        }
        values.push(null);
        continue;
      }
      if (sure?.[index]?.(text)) {
        values.push(text);
        continue;
      }
      const judgement = this.judgeField(index, text);
      if ('reason' in judgement) {
        this.weigh(textOf);
        return { column: this.nameOf(index)!, reason: judgement.reason };
      }
      values.push(judgement.value);
    }
    return { values };
  }

  nameOf(index: number): string | undefined {
    const column = this.rules.columns[index];
    return column?.ignored ? column.header : column?.name;
  }

  private isNull = (text: string): boolean => text === '' || text === this.rules.nullText;

  private judgeField(index: number, text: string): Judgement {
    const { columns, conventions, mostTextBytes } = this.rules;
    const written = conventions?.[index]?.(text) ?? { value: text };
    if ('reason' in written) return written;
    return judgeValue(columns[index]!.contract?.type ?? { type: 'text' }, written.value, mostTextBytes);
  }

  /** Each value of a bad record: is it of its column's type? */
  private weigh(textOf: (index: number) => string): void {
    const { evidence } = this.rules;
    if (!evidence) return;
    for (const [index, place] of this.places.entries()) {
      const text = place < 0 ? '' : textOf(index);
      if (this.isNull(text)) continue;
      if ('value' in this.judgeField(index, text)) evidence.fit(place);
      else evidence.misfit(place, text);
    }
  }
}
