/** Headers as names of columns: lower case, no words of SQL, each of them once. */
import { newName, snakeCase } from '../../lambdas/shared/contract/match-header';
import { columnName, tableName } from '../pipeline/schema/common';

/** What the plain letters of a header do not show of it. */
const LETTERS: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  Ä: 'Ae',
  Ö: 'Oe',
  Ü: 'Ue',
  ß: 'ss',
  æ: 'ae',
  Æ: 'Ae',
  œ: 'oe',
  Œ: 'Oe',
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
};

export interface NamedColumn {
  readonly name: string;
  readonly header: string;
  /** the name alone would not find the header */
  readonly needsHeader: boolean;
}

export function nameColumns(headers: readonly string[]): NamedColumn[] {
  const taken = new Set<string>();
  const named = headers.map((header, index) => {
    const plain = header.normalize('NFC').replace(/[^\0-\x7f]/g, (letter) => LETTERS[letter] ?? letter);
    return { name: usable(newName(plain, index, taken), taken), header };
  });
  return named.map(({ name, header }) => {
    const asFound = headers.filter((other) => snakeCase(other) === snakeCase(header)).length > 1;
    return { name, header, needsHeader: asFound || (header !== name && snakeCase(header) !== name) };
  });
}

/** A word of SQL, or a system column of the databases, needs another name. */
function usable(name: string, taken: Set<string>): string {
  if (columnName.safeParse(name).success) return name;
  return newName(`${name}_value`, 0, taken);
}

/** `daily-orders` is the table daily_orders; a word of SQL gets an ending. */
export function tableNameOf(pipeline: string): string {
  const name = pipeline.replaceAll('-', '_');
  return tableName.safeParse(name).success ? name : `${name}_rows`;
}
