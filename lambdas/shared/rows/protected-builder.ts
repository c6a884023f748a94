/** Personal data: judged as what the contract says that it is, and kept as its mask or hash. */
import type { ColumnType } from '../../../lib/tasks/common';
import { storedTypeOf } from '../../../lib/tasks/pii';
import { judgeValue } from '../contract/judge-value';
import type { Protect } from '../pii';
import type { BuilderOptions } from './column-builder';
import { TextBuilder, type Waiting } from './text-columns';
import { jsonText, textOf } from './value-text';

export class ProtectedBuilder extends TextBuilder {
  protected override readonly keepsEmpty: boolean;
  private readonly given: ColumnType;

  constructor(
    options: BuilderOptions,
    shared: Waiting,
    private readonly protect: Protect,
  ) {
    super({ ...options, column: { ...options.column, type: storedTypeOf(options.column) } }, shared);
    this.given = options.column.type;
    this.keepsEmpty = this.given.type === 'text';
  }

  protected override set(row: number, value: unknown): string | undefined {
    const { given } = this;
    const text = given.type === 'json' && typeof value !== 'string' ? { text: jsonText(value) } : textOf(value, given);
    if ('reason' in text) return text.reason;
    const judgement = judgeValue(given, text.text, this.mostTextBytes);
    if ('reason' in judgement) return judgement.reason;
    this.setJudged(row, this.protect(judgement.value));
    return undefined;
  }
}
