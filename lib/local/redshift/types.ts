import { RedshiftError, UnsupportedLocally } from './errors';
import { isGroup, type Node, wordOf } from './tree';

/** Redshift's column types and what stands for them in PostgreSQL. */

export interface ParsedType {
  /** PostgreSQL's */
  readonly text: string;
  /** nodes that the type takes up */
  readonly length: number;
}

const MAX_VARCHAR = 65_535;
const MAX_CHAR = 4_096;

const PLAIN: Readonly<Record<string, string>> = {
  smallint: 'smallint',
  int2: 'smallint',
  integer: 'integer',
  int: 'integer',
  int4: 'integer',
  bigint: 'bigint',
  int8: 'bigint',
  real: 'real',
  float4: 'real',
  float: 'double precision',
  float8: 'double precision',
  'double precision': 'double precision',
  boolean: 'boolean',
  bool: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  'timestamp without time zone': 'timestamp',
  timestamptz: 'timestamptz',
  'timestamp with time zone': 'timestamptz',
  time: 'time',
  'time without time zone': 'time',
  timetz: 'timetz',
  'time with time zone': 'timetz',
  // Schemaless values; navigation (a.b[0]) is refused elsewhere.
  super: 'jsonb',
};

const CHARACTER = new Set(['varchar', 'nvarchar', 'character varying', 'char', 'character', 'nchar', 'bpchar', 'text']);
const LATER = new Set(['varbyte', 'varbinary', 'binary varying', 'geometry', 'geography', 'hllsketch', 'interval']);

const LONG_NAMES = [
  ['timestamp', 'without', 'time', 'zone'],
  ['timestamp', 'with', 'time', 'zone'],
  ['time', 'without', 'time', 'zone'],
  ['time', 'with', 'time', 'zone'],
  ['double', 'precision'],
  ['character', 'varying'],
  ['binary', 'varying'],
];

/** Reads the type that begins at `nodes[0]`. `refuse` words the error for a type that Redshift does not have. */
export function parseType(nodes: readonly Node[], refuse: (type: string) => Error, inDefinition: boolean): ParsedType {
  const long = LONG_NAMES.find((words) => words.every((word, index) => wordOf(nodes[index]) === word));
  const name = long?.join(' ') ?? wordOf(nodes[0]);
  const words = long?.length ?? 1;
  const group = nodes[words];
  const sizes = isGroup(group)
    ? group.nodes.filter((node) => node.text !== ',').map((node) => node.text.toLowerCase())
    : [];
  const length = words + (isGroup(group) ? 1 : 0);
  const subscript = nodes[length];
  if (subscript?.kind === 'punctuation' && subscript.text === '[') throw refuse(`${name}[]`);

  if (CHARACTER.has(name)) return { text: characterType(name, sizes, inDefinition), length };
  if (name === 'decimal' || name === 'numeric') return { text: decimalType(sizes), length };
  if (LATER.has(name)) throw new UnsupportedLocally(`the type ${name.toUpperCase()}`);
  const plain = PLAIN[name];
  if (!plain) throw refuse(name || nodes[0]?.text || '');
  if (sizes.length > 0) throw refuse(`${name}(${sizes.join(',')})`);
  return { text: plain, length };
}

function characterType(name: string, sizes: readonly string[], inDefinition: boolean): string {
  // A cast to text keeps the whole value; a column of it has 256 bytes.
  if (name === 'text' && sizes.length === 0) return inDefinition ? 'varchar(256)' : 'text';
  const fixed = ['char', 'character', 'nchar', 'bpchar'].includes(name);
  const limit = fixed ? MAX_CHAR : MAX_VARCHAR;
  const standard = name === 'bpchar' || !fixed ? '256' : '1';
  const size = sizes[0] === 'max' ? limit : Number(sizes[0] ?? standard);
  if (!Number.isInteger(size) || size < 1 || size > limit) {
    throw new RedshiftError(`length for type ${fixed ? 'character' : 'character varying'} cannot exceed ${limit}`);
  }
  return fixed ? `char(${size})` : `varchar(${size})`;
}

function decimalType(sizes: readonly string[]): string {
  const precision = Number(sizes[0] ?? 18);
  const scale = Number(sizes[1] ?? 0);
  if (precision < 1 || precision > 38)
    throw new RedshiftError(`DECIMAL precision ${precision} must be between 1 and 38`);
  if (scale > precision || scale > 37)
    throw new RedshiftError(`DECIMAL scale ${scale} must be between 0 and precision ${precision}`);
  return `numeric(${precision},${scale})`;
}
