/** What a row function has returned, judged as its staged rows are, and as texts. */
import type { ContractColumn, OnDrift } from '../../../lib/tasks/common';
import { explainNull, isNullable, judgeValue } from '../contract/judge-value';
import { PartitionDrift } from '../contract/partition-drift';
import type { RowTexts } from '../unfit';
import { duckText } from './duck-text';
import { MemberMatcher, memberOf } from './match-members';
import type { Row } from './paths';
import { jsonText, textOf } from './value-text';

export interface RowContract {
  readonly name: string;
  readonly columns: readonly ContractColumn[];
  readonly onDrift: OnDrift;
  readonly mostTextBytes?: number | undefined;
}

export class RowJudge {
  private readonly matcher: MemberMatcher;

  constructor(private readonly contract: RowContract) {
    const { name, columns } = contract;
    this.matcher = new MemberMatcher({
      columns,
      drift: new PartitionDrift(contract),
      source: name,
      place: `Model ${name}`,
      // A column that no contract knows is in no table yet.
      evolve: () => columns.length,
    });
  }

  /** @throws {ContractDrift} for a member that the contract does not know, where `onDrift` is `fail` */
  judge(row: Row): { readonly row: RowTexts } | { readonly column: string | null; readonly reason: string } {
    const members = this.matcher.match(row);
    if ('reason' in members) return { column: null, reason: members.reason };
    const texts: Record<string, string | null> = {};
    for (const [index, column] of this.contract.columns.entries()) {
      const value = this.judgeValue(column, memberOf(row, members[index]));
      if ('reason' in value) return { column: column.name, reason: value.reason };
      texts[column.name] = value.text;
    }
    return { row: texts };
  }

  private judgeValue(column: ContractColumn, value: unknown): { text: string | null } | { reason: string } {
    const { type } = column;
    // Only a text tells an empty value from none.
    if (value === null || value === undefined || (value === '' && type.type !== 'text'))
      return isNullable(column) ? { text: null } : { reason: explainNull(column) };
    const isDocument = type.type === 'json' && typeof value !== 'string' && !(value instanceof Uint8Array);
    const given = isDocument ? { text: jsonText(value) } : textOf(value, type);
    if ('reason' in given) return given;
    const judged = judgeValue(type, given.text, this.contract.mostTextBytes);
    return 'reason' in judged ? judged : { text: duckText(judged.value, type) };
  }
}
