/** Columns of personal data that cannot be so, or would be seen all the same. */
import { Column } from './columns';
import { type Problem, show } from './errors';
import { nameOf } from './header-name';
import type { Source } from './types';

type Parts = Readonly<Record<string, unknown>>;

/** The source needs the key. */
export const hashesPii = ({ columns }: Pick<Source, 'columns'>): boolean =>
  Object.values(columns).some(({ protection }) => protection === 'hash');

export function piiMistakes(sources: Parts, models: Parts): Problem[] {
  return [
    ...Object.entries(sources).flatMap(([source, value]) => mistakesOf(`sources.${source}`, asRecord(value))),
    ...Object.entries(models).flatMap(([model, value]) =>
      protectedIn(asRecord(value)).map(([name, { protection }]) => ({
        field: `models.${model}.columns.${name}`,
        value: `pii(${show(protection)})`,
        rule: 'what a model has made is staged already, as it was read',
        remedy: 'Mark the columns of the source, which its task masks or hashes before it writes anything.',
      })),
    ),
  ];
}

const protectedIn = ({ columns }: Parts): [string, Column][] =>
  Object.entries(asRecord(columns)).filter(
    (entry): entry is [string, Column] => entry[1] instanceof Column && entry[1].protection !== undefined,
  );

function mistakesOf(field: string, source: Parts): Problem[] {
  const { cursor, config } = source;
  const shown = [
    ['cursor', asRecord(cursor).column],
    ['partitionBy', asRecord(config).partitionBy],
  ] as const;
  return protectedIn(source).flatMap(([name, { protection, isKey, header }]) => {
    const at = { field: `${field}.columns.${name}`, value: `pii(${show(protection)})` };
    const problems: Problem[] = [];
    if (isKey && protection === 'mask') {
      problems.push({
        ...at,
        rule: 'every row would have the same key',
        remedy: "Use pii('hash'), which keeps keys apart.",
      });
    }
    for (const [option, column] of shown) {
      if (typeof column !== 'string' || (column !== header && nameOf(column) !== name)) continue;
      const rule = `${option} names it, so its values would stand in the state machine's input`;
      problems.push({ ...at, rule, remedy: `Name another column in ${option}.` });
    }
    return problems;
  });
}

const asRecord = (value: unknown): Parts => (typeof value === 'object' && value !== null ? (value as Parts) : {});
