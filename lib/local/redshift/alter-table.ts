import { identifier } from '../postgres/client';
import { encoding, noteLayout, qualifiedName } from './create-table';
import { RedshiftError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { foldedName, roleIdentifier } from './names';
import type { Translated } from './translate';
import { isName, type Node, type Reader, wordOf } from './tree';
import { parseType } from './types';

/** ALTER TABLE (one action, as Redshift allows) and ALTER SCHEMA. Changes of layout have no meaning here. */
export function alterTable(reader: Reader, parameters: Parameters): string | Translated {
  reader.expect('alter');
  const kind = wordOf(reader.next());
  const table = qualifiedName(reader);
  const head = `ALTER ${kind} ${table}`;
  if (reader.take('owner', 'to')) return `${head} OWNER TO ${roleIdentifier(foldedName(reader.name().text))}`;
  if (reader.take('rename', 'to')) return `${head} RENAME TO ${identifier(foldedName(reader.name().text))}`;
  if (kind === 'schema') throw new UnsupportedLocally('ALTER SCHEMA other than OWNER TO and RENAME TO');
  if (reader.take('rename', 'column')) {
    const from = identifier(foldedName(reader.name().text));
    reader.expect('to');
    return `${head} RENAME COLUMN ${from} TO ${identifier(foldedName(reader.name().text))}`;
  }
  if (
    reader.take('drop', 'column') ||
    (wordOf(reader.peek()) === 'drop' && wordOf(reader.peek(1)) !== 'constraint' && reader.take('drop'))
  ) {
    const column = identifier(foldedName(reader.name().text));
    return `${head} DROP COLUMN ${column} ${wordOf(reader.rest()[0]) === 'cascade' ? 'CASCADE' : ''}`;
  }
  if (
    wordOf(reader.peek()) === 'add' &&
    ['constraint', 'primary', 'unique', 'foreign'].includes(wordOf(reader.peek(1)))
  ) {
    // Keys are not enforced; that the table is there and the caller's own still has to be true.
    return `${head} SET (autovacuum_enabled = true)`;
  }
  // None is kept, so none is missing.
  if (reader.take('drop', 'constraint')) return `${head} SET (autovacuum_enabled = true)`;
  if (reader.take('add')) {
    reader.take('column');
    return `${head} ADD COLUMN ${addedColumn(reader, table, parameters)}`;
  }
  if (reader.take('alter', 'column')) return alterColumn(reader, head, table);
  const layout = reader.take('alter') ? alterLayout(reader) : undefined;
  if (layout) return noted(head, table, layout);
  throw new UnsupportedLocally(
    `ALTER TABLE … ${reader
      .rest()
      .map(({ text }) => text)
      .join(' ')}`,
  );
}

/** A change that is only the catalogue's; that the table is there and the caller's own still has to be true. */
const noted = (head: string, table: string, layout: object): Translated => ({
  kind: 'sql',
  text: `${head} SET (autovacuum_enabled = true)`,
  values: [],
  after: noteLayout(table, layout, true),
});

/** ALTER DISTSTYLE … | ALTER DISTKEY c | ALTER [COMPOUND] SORTKEY (…)|AUTO|NONE | ALTER ENCODE AUTO */
function alterLayout(reader: Reader): object | undefined {
  if (reader.take('encode', 'auto')) return { encodings: {} };
  if (reader.take('diststyle', 'key', 'distkey') || reader.take('distkey'))
    return { style: 'KEY', distkey: foldedName(reader.name().text) };
  if (reader.take('diststyle')) {
    const style = wordOf(reader.next());
    if (!['all', 'auto', 'even'].includes(style)) throw new RedshiftError(`syntax error at or near "${style}"`);
    return { style: style.toUpperCase(), distkey: null };
  }
  reader.take('compound');
  if (reader.take('sortkey', 'auto') || reader.take('sortkey', 'none')) return { sortkeys: null };
  if (!reader.take('sortkey')) throw reader.unexpected();
  return {
    sortkeys: reader
      .group()
      .nodes.filter(isName)
      .map(({ text }) => foldedName(text)),
  };
}

function addedColumn(reader: Reader, table: string, parameters: Parameters): string {
  const name = foldedName(reader.name().text);
  const refuse = (type: string) =>
    new RedshiftError(`Column "${table.replaceAll('"', '')}.${name}" has unsupported type "${type}".`);
  const rest = reader.rest();
  const type = parseType(rest, refuse, true);
  let sql = `${identifier(name)} ${type.text}`;
  const attributes = rest.slice(type.length);
  let hasDefault = false;
  let notNull = false;
  for (let at = 0; at < attributes.length; ) {
    const word = wordOf(attributes[at]);
    if (word === 'encode') at += 2;
    else if (word === 'null') at++;
    else if (word === 'not') {
      notNull = true;
      at += 2;
    } else if (word === 'default') {
      const end = attributes.findIndex(
        (node, index) => index > at + 1 && ['not', 'null', 'encode'].includes(wordOf(node)),
      );
      const expression: readonly Node[] = attributes.slice(at + 1, end < 0 ? undefined : end);
      sql += ` DEFAULT ${rewrite(expression, parameters)}`;
      hasDefault = true;
      at = end < 0 ? attributes.length : end;
    } else throw new RedshiftError(`syntax error at or near "${attributes[at]!.text}"`);
  }
  if (notNull && !hasDefault)
    throw new RedshiftError('ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression');
  return `${sql}${notNull ? ' NOT NULL' : ''}`;
}

/** Redshift changes the length of a VARCHAR, and nothing else of a type, and not inside a transaction. */
function alterColumn(reader: Reader, head: string, table: string): string | Translated {
  const name = foldedName(reader.name().text);
  if (reader.take('encode')) return noted(head, table, { encodings: { [name]: encoding(reader) } });
  reader.expect('type');
  const refuse = (type: string) =>
    new RedshiftError(`Column "${table.replaceAll('"', '')}.${name}" has unsupported type "${type}".`);
  const type = parseType(reader.rest(), refuse, true);
  if (!type.text.startsWith('varchar('))
    throw new RedshiftError(`ALTER COLUMN TYPE can only change the length of a VARCHAR column, not to ${type.text}`);
  return { kind: 'alone', text: `${head} ALTER COLUMN ${identifier(name)} TYPE ${type.text}`, values: [] };
}
