import { identifier, literal } from '../postgres/client';
import { RedshiftError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { foldedName } from './names';
import type { Translated } from './translate';
import { isGroup, isName, type Node, Reader, split, wordOf } from './tree';
import { parseType } from './types';

/** CREATE TABLE: layout (DISTSTYLE, DISTKEY, SORTKEY, ENCODE, BACKUP) is checked and dropped, keys are dropped as Redshift does not enforce them. */
export function createTable(reader: Reader, parameters: Parameters): Translated {
  reader.expect('create');
  reader.take('local');
  const temporary = reader.take('temporary') || reader.take('temp');
  reader.expect('table');
  const ifNotExists = reader.take('if', 'not', 'exists');
  const name = qualifiedName(reader);
  const head = `CREATE ${temporary || isTemporaryName(name) ? 'TEMP ' : ''}TABLE ${ifNotExists ? 'IF NOT EXISTS ' : ''}${name}`;

  const definitions = reader.takeGroup();
  const layout = newLayout();
  const columns =
    definitions && !isColumnList(definitions.nodes)
      ? defineColumns(definitions.nodes, name, layout, parameters)
      : undefined;
  tableAttributes(reader, layout);
  if (reader.take('as')) {
    const query = rewrite(reader.rest(), parameters);
    const names = definitions ? ` (${rewrite(definitions.nodes, parameters)})` : '';
    return made(`${head}${names} AS ${query}`, name, layout);
  }
  if (!columns) throw reader.unexpected();
  reader.end();
  checkLayout(layout, columns.names);
  return made(`${head} (${columns.sql.join(', ')})`, name, layout);
}

/** The statement, and the note of the layout for the views that show it. */
function made(text: string, name: string, { distKeys, sortKeys, distStyle, encodings }: Layout): Translated {
  const layout = {
    ...(distKeys[0] === undefined ? {} : { distkey: distKeys[0] }),
    style: distKeys.length > 0 ? 'KEY' : (distStyle ?? 'auto').toUpperCase(),
    ...(sortKeys.length > 0 ? { sortkeys: sortKeys } : {}),
    encodings,
  };
  return { kind: 'sql', text, values: [], after: noteLayout(name, layout, false) };
}

/** `changes`: of a table that was there before, which CREATE … IF NOT EXISTS leaves as it is. */
export const noteLayout = (name: string, layout: object, changes: boolean) =>
  `SELECT redshift_catalog.note_layout(${literal(name)}, ${literal(JSON.stringify(layout))}::jsonb, ${changes})`;

/** `schema.table`, as written. */
export function qualifiedName(reader: Reader): string {
  const parts = [identifier(foldedName(reader.name().text))];
  while (reader.takePunctuation('.')) parts.push(identifier(foldedName(reader.name().text)));
  // database.schema.table is Redshift's for datashares.
  if (parts.length > 2) throw new UnsupportedLocally('names with a database');
  return parts.join('.');
}

/** A name with # is a temporary table's. */
export const isTemporaryName = (name: string) => name.startsWith('"#');

interface Layout {
  distKeys: string[];
  sortKeys: string[];
  distStyle?: string;
  /** column → encoding */
  encodings: Record<string, string>;
}

const newLayout = (): Layout => ({ distKeys: [], sortKeys: [], encodings: {} });

/** `(a, b)` of CREATE TABLE … (a, b) AS: names only. */
const isColumnList = (nodes: readonly Node[]) =>
  split(nodes, ',').every((part) => part.length === 1 && isName(part[0]));

interface Columns {
  readonly sql: string[];
  /** undefined when LIKE brings columns that are not known here */
  readonly names: string[] | undefined;
}

function defineColumns(nodes: readonly Node[], table: string, layout: Layout, parameters: Parameters): Columns {
  const sql: string[] = [];
  const names: string[] = [];
  const notNull = new Set<string>();
  let like = false;
  const columns: { name: string; write: (notNull: boolean) => string }[] = [];
  for (const part of split(nodes, ',')) {
    const reader = new Reader(part);
    if (reader.take('like')) {
      like = true;
      const parent = qualifiedName(reader);
      const defaults = reader.take('including', 'defaults');
      if (!defaults) reader.take('excluding', 'defaults');
      reader.end();
      sql.push(`LIKE ${parent}${defaults ? ' INCLUDING DEFAULTS' : ''}`);
    } else if (isTableConstraint(part)) {
      for (const column of tableConstraint(reader)) notNull.add(column);
    } else {
      const column = defineColumn(reader, table, layout, parameters);
      names.push(column.name);
      columns.push(column);
    }
  }
  for (const { name, write } of columns) sql.push(write(notNull.has(name)));
  return { sql, names: like ? undefined : names };
}

function isTableConstraint(part: readonly Node[]): boolean {
  const first = wordOf(part[0]);
  return (
    ['constraint', 'check'].includes(first) ||
    (['primary', 'foreign'].includes(first) && wordOf(part[1]) === 'key') ||
    (first === 'unique' && isGroup(part[1]))
  );
}

/** The columns that it makes NOT NULL: those of a primary key. Nothing else of a key is enforced. */
function tableConstraint(reader: Reader): string[] {
  if (reader.take('constraint')) reader.name();
  if (reader.take('primary', 'key'))
    return reader
      .group()
      .nodes.filter(isName)
      .map(({ text }) => foldedName(text));
  if (reader.take('unique')) reader.group();
  else if (reader.take('foreign', 'key')) {
    reader.group();
    reader.expect('references');
    qualifiedName(reader);
    reader.takeGroup();
  } else if (reader.take('check')) throw new RedshiftError('CHECK constraints are not supported');
  reader.end();
  return [];
}

/** Where a DEFAULT's expression ends. */
const ATTRIBUTES = new Set([
  'encode',
  'distkey',
  'sortkey',
  'not',
  'null',
  'unique',
  'primary',
  'references',
  'identity',
  'generated',
  'collate',
  'constraint',
  'default',
]);

function defineColumn(reader: Reader, table: string, layout: Layout, parameters: Parameters) {
  const name = foldedName(reader.name().text);
  const refuse = (type: string) =>
    new RedshiftError(`Column "${table.replaceAll('"', '')}.${name}" has unsupported type "${type}".`);
  const type = parseType(reader.nodes.slice(1), refuse, true);
  reader.skip(type.length);
  let nullable = true;
  let extra = '';
  while (!reader.done) {
    if (reader.take('not', 'null')) nullable = false;
    else if (reader.take('null') || reader.take('unique')) continue;
    else if (reader.take('primary', 'key')) nullable = false;
    else if (reader.take('encode')) layout.encodings[name] = encoding(reader);
    else if (reader.take('distkey')) layout.distKeys.push(name);
    else if (reader.take('sortkey')) layout.sortKeys.push(name);
    else if (reader.take('constraint')) reader.name();
    else if (reader.take('references')) {
      qualifiedName(reader);
      reader.takeGroup();
    } else if (reader.take('identity')) extra += identity('ALWAYS', reader);
    else if (reader.take('generated', 'by', 'default', 'as', 'identity')) extra += identity('BY DEFAULT', reader);
    else if (reader.take('collate')) {
      if (wordOf(reader.next()) !== 'case_sensitive') throw new UnsupportedLocally('COLLATE CASE_INSENSITIVE');
    } else if (reader.take('default')) {
      const expression: Node[] = [];
      while (!reader.done && (expression.length === 0 || !ATTRIBUTES.has(wordOf(reader.peek()))))
        expression.push(reader.next());
      extra += ` DEFAULT ${rewrite(expression, parameters)}`;
    } else throw reader.unexpected();
  }
  return {
    name,
    write: (inKey: boolean) => `${identifier(name)} ${type.text}${extra}${nullable && !inKey ? '' : ' NOT NULL'}`,
  };
}

const ENCODINGS = new Set(
  'az64 auto bytedict delta delta32k lzo mostly8 mostly16 mostly32 raw runlength text255 text32k zstd'.split(' '),
);

export function encoding(reader: Reader): string {
  const name = foldedName(reader.name().text);
  if (!ENCODINGS.has(name)) throw new RedshiftError(`encoding type "${name}" is not supported`);
  return name === 'raw' ? 'none' : name;
}

function identity(kind: string, reader: Reader): string {
  const [seed, step] = split(reader.group().nodes, ',').map((part) => Number(part.map(({ text }) => text).join('')));
  if (!Number.isInteger(seed) || !Number.isInteger(step)) throw new RedshiftError('IDENTITY needs a seed and a step');
  // PostgreSQL takes no start below the minimum, which is 1 unless said.
  return ` GENERATED ${kind} AS IDENTITY (START WITH ${seed} INCREMENT BY ${step} MINVALUE ${Math.min(seed!, -2147483648)})`;
}

function tableAttributes(reader: Reader, layout: Layout): void {
  while (!reader.done && wordOf(reader.peek()) !== 'as') {
    if (reader.take('backup')) {
      if (!reader.take('yes')) reader.expect('no');
    } else if (reader.take('diststyle')) {
      const style = wordOf(reader.next());
      if (!['auto', 'even', 'key', 'all'].includes(style))
        throw new RedshiftError(`syntax error at or near "${style}"`);
      layout.distStyle = style;
    } else if (reader.take('distkey')) layout.distKeys.push(...names(reader));
    else if (reader.take('sortkey', 'auto') || reader.take('encode', 'auto')) continue;
    else if (reader.take('compound', 'sortkey') || reader.take('interleaved', 'sortkey') || reader.take('sortkey'))
      layout.sortKeys.push(...names(reader));
    else throw reader.unexpected();
  }
}

const names = (reader: Reader) =>
  reader
    .group()
    .nodes.filter(isName)
    .map(({ text }) => foldedName(text));

function checkLayout({ distKeys, sortKeys, distStyle }: Layout, columns: string[] | undefined): void {
  if (distKeys.length > 1) throw new RedshiftError('multiple DISTKEY columns are not allowed');
  if (distStyle === 'key' && distKeys.length === 0) throw new RedshiftError('DISTSTYLE KEY requires a DISTKEY column');
  if (distStyle !== undefined && distStyle !== 'key' && distKeys.length > 0)
    throw new RedshiftError(`cannot specify DISTKEY with DISTSTYLE ${distStyle.toUpperCase()}`);
  const missing = columns && [...distKeys, ...sortKeys].find((key) => !columns.includes(key));
  if (missing) throw new RedshiftError(`column "${missing}" named in key does not exist`);
}
