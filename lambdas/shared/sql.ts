/**
 * Quoting for SQL text that is built here. Nothing reaches a statement but through these functions, or as a parameter.
 * They hold for PostgreSQL and Redshift alike.
 */

/** A value that cannot be written in SQL at all, whatever the quoting. */
export class UnquotableValue extends Error {
  override name = 'UnquotableValue';
}

/** `my "table"` becomes `"my ""table"""`. */
export function identifier(name: string): string {
  if (name === '') throw new UnquotableValue('An SQL identifier cannot be empty.');
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.table`, both quoted. */
export function qualified(schema: string, name: string): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

/** A list of quoted identifiers, each with an optional alias before it: `t."a", t."b"`. */
export function identifiers(names: readonly string[], alias?: string): string {
  return names.map((name) => (alias ? `${alias}.` : '') + identifier(name)).join(', ');
}

/**
 * A text expression. Redshift reads a backslash in a literal as the start of an escape, PostgreSQL does not; so a backslash is
 * written as CHR(92), which both read alike.
 */
export function literal(text: string): string {
  refuseNul(text);
  if (!text.includes('\\')) return quoted(text);
  return `(${text.split('\\').map(quoted).join(' || CHR(92) || ')})`;
}

/** Where SQL wants a literal and takes no expression (COPY … FROM). */
export function plainLiteral(text: string): string {
  refuseNul(text);
  if (text.includes('\\')) throw new UnquotableValue(`A backslash cannot be written here: ${JSON.stringify(text)}.`);
  return quoted(text);
}

export function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new UnquotableValue(`${value} is not a whole number.`);
  return String(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function refuseNul(text: string): void {
  if (text.includes('\0'))
    throw new UnquotableValue(`A NUL character cannot be written in SQL: ${JSON.stringify(text)}.`);
}
