/** The rows that live tables get of a record: those of the source itself, and those that the row function makes of it. */
import type { StreamPlan } from '../../../lib/tasks/stream';
import { BadRow } from '../../../lib/tasks/user-code';
import { duckValue } from '../rows/duck-text';
import { RowJudge } from '../rows/judge-row';
import type { Row } from '../rows/paths';
import { jsonText } from '../rows/value-text';
import type { RowTexts } from '../unfit';
import type { UserLog } from '../user-code/log';
import { describeThrown } from '../user-code/places';

export interface UserCode {
  readonly default?: unknown;
}

export type RowsByModel = ReadonlyMap<string, readonly RowTexts[]>;

/** `reason`: why the function cannot make rows of it, which makes its record a bad one. */
export type Made = { readonly rows: RowsByModel } | { readonly reason: string };

/** Of one batch. */
export class LiveRows {
  private readonly judge: RowJudge | undefined;

  constructor(
    private readonly plan: Pick<StreamPlan, 'source' | 'rowFunction'>,
    private readonly userCode: UserCode,
    private readonly log: UserLog,
  ) {
    this.judge = plan.rowFunction && new RowJudge(plan.rowFunction);
  }

  async of(row: RowTexts): Promise<Made> {
    const { source, rowFunction } = this.plan;
    if (!rowFunction || !this.judge) return { rows: new Map([[source, [row]]]) };
    const work = this.userCode.default;
    const what = `model ${rowFunction.name} (${rowFunction.file})`;
    if (typeof work !== 'function') return { reason: `${what} has no function as its default export` };
    const made: RowTexts[] = [];
    try {
      const returned: unknown = await work(inputOf(row, rowFunction.input.columns), {
        interval: undefined,
        log: this.log,
      });
      for (const one of listOf(returned)) {
        if (typeof one !== 'object' || one === null || Array.isArray(one))
          return {
            reason: `${what} returned ${jsonText(one).slice(0, 200)}, which is no row, no list of rows and not null`,
          };
        const judged = this.judge.judge(one as Row);
        if ('reason' in judged) return { reason: `${what}, column ${judged.column}: ${judged.reason}` };
        made.push(judged.row);
      }
    } catch (error) {
      if (error instanceof BadRow) return { reason: error.message || 'the row function refuses it' };
      return { reason: `${what} failed: ${describeThrown(error)}` };
    }
    return {
      rows: new Map([
        [source, [row]],
        [rowFunction.name, made],
      ]),
    };
  }
}

const listOf = (returned: unknown): readonly unknown[] =>
  returned === null || returned === undefined ? [] : Array.isArray(returned) ? returned : [returned];

type Column = NonNullable<StreamPlan['rowFunction']>['input']['columns'][number];

function inputOf(row: RowTexts, columns: readonly Column[]): Row {
  const input: Record<string, unknown> = {};
  for (const { name, type } of columns) {
    const text = row[name] ?? null;
    input[name] = text === null ? null : duckValue(text, type);
  }
  return input;
}
