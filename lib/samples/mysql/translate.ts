/** MySQL's spelling of a SELECT in DuckDB's, and DuckDB's errors as MySQL numbers them. */

export class SampleDatabaseError extends Error {
  override readonly name = 'SampleDatabaseError';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }

  /** Of DuckDB's. */
  static of(error: Error, dbname: string): SampleDatabaseError {
    const message = error.message.split('\n')[0]!;
    if (/Table with name (\S+) does not exist/.test(message)) {
      const [, table] = /Table with name (\S+) does not exist/.exec(message)!;
      return new SampleDatabaseError(
        1146,
        `Table '${dbname}.${table!.replaceAll('"', '').split('.').at(-1)}' doesn't exist`,
      );
    }
    if (/column "?([^"\s]+)"? not found/i.test(message)) {
      const [, column] = /column "?([^"\s]+)"? not found/i.exec(message)!;
      return new SampleDatabaseError(1054, `Unknown column '${column}'`);
    }
    return new SampleDatabaseError(1064, `The sample database cannot answer this: ${message}`);
  }
}

const PIECE = /'(?:[^'\\]|\\.|'')*'|`((?:[^`]|``)*)`|"(?:[^"\\]|\\.|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

/** Identifiers in backticks, texts in double quotes. @throws {SampleDatabaseError} */
export function translate(sql: string): string {
  const translated = sql.replace(PIECE, (piece, identifier: string | undefined) => {
    if (identifier !== undefined) return `"${identifier.replaceAll('``', '`').replaceAll('"', '""')}"`;
    if (piece.startsWith("'")) return textOf(piece.slice(1, -1), "''");
    if (piece.startsWith('"')) return textOf(piece.slice(1, -1), '""');
    return ' ';
  });
  if (!/^\s*(SELECT|WITH)\b/i.test(translated)) {
    throw new SampleDatabaseError(1064, 'The sample database has data to read, and answers SELECT only');
  }
  return translated;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0', Z: '\x1a' };

function textOf(inside: string, doubled: string): string {
  const plain = inside
    .replaceAll(doubled, doubled[0]!)
    .replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
  return `'${plain.replaceAll("'", "''")}'`;
}
