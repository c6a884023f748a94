/** Checks on columns of personal data: what they would look at is not the value any more. */
import { Column } from '../pipeline/columns';
import { type Problem, show } from '../pipeline/errors';
import type { Check, Pipeline } from '../pipeline/types';
import type { OutputColumn } from '../tasks/common';
import { MASK, type Pii, storedTypeOf } from '../tasks/pii';

/** Any hash looks so. */
const A_HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const INSTEAD: Readonly<Record<Pii, { readonly like: string; readonly is: string; readonly tells: string }>> = {
  hash: {
    like: A_HASH,
    is: 'a text of 64 letters and digits (its hash)',
    tells: 'what a hash still tells, by notNull(), unique(), foreignKey(), or distribution() of nulls and distinct',
  },
  mask: { like: MASK, is: `the text ${MASK}`, tells: 'whether there is a value, by notNull()' },
};

/** The column goes by its name from the source into the model, and is there what stands for its values. */
function protectionOf(name: string, columns: readonly OutputColumn[], sources: Pipeline['sources']) {
  const type = columns.find((column) => column.name === name)?.type;
  for (const source of Object.values(sources)) {
    const column = source.columns[name];
    if (!(column instanceof Column) || column.protection === undefined) continue;
    const stored = storedTypeOf({ type: column.type, pii: column.protection });
    if (JSON.stringify(type) === JSON.stringify(stored)) return { mode: column.protection, was: column.type.type };
  }
  return undefined;
}

/** Checks that look at what a value is. Others are as right for its hash: the same value has the same one. */
export function hashedProblems(
  check: Check,
  field: string,
  columns: readonly OutputColumn[],
  sources: Pipeline['sources'],
): Problem[] {
  if (!('column' in check)) return [];
  const found = protectionOf(check.column, columns, sources);
  if (found === undefined || fits(check, INSTEAD[found.mode].like)) return [];
  const { is, tells } = INSTEAD[found.mode];
  return [
    {
      field,
      value: show(check.column),
      rule: `it is personal data (pii('${found.mode}')): models and checks see ${is} in place of the ${found.was}`,
      remedy: `The contract of the source judges the value itself; check here ${tells}.`,
    },
  ];
}

function fits(check: Check, stored: string): boolean {
  switch (check.kind) {
    case 'accepted':
      return check.values.every((value) => typeof value === 'string' && value.length === stored.length);
    case 'matches':
      return matchesText(check.pattern, check.flags, stored);
    case 'distribution':
      return check.mean === undefined && check.stddev === undefined && check.shares === undefined;
    default:
      return check.kind === 'notNull';
  }
}

function matchesText(pattern: string, flags: string, text: string): boolean {
  try {
    return new RegExp(pattern, flags).test(text);
  } catch {
    // Of RE2's own, or of no engine: that is told elsewhere.
    return true;
  }
}
