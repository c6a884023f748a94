import type { FieldDef } from 'pg';
import { duckConnection } from '../load/duck';

/** DuckDB's type for each of PostgreSQL's; everything else is a text. */
const TYPES: Readonly<Record<number, string>> = {
  16: 'BOOLEAN',
  20: 'BIGINT',
  21: 'SMALLINT',
  23: 'INTEGER',
  700: 'FLOAT',
  701: 'DOUBLE',
  1082: 'DATE',
  1114: 'TIMESTAMP',
};

/** Makes a Parquet file, Snappy inside as Redshift's are, of the CSV of an UNLOAD. */
export async function toParquet(csv: string, columns: readonly FieldDef[]): Promise<string> {
  const duck = await duckConnection();
  const file = `${csv}.parquet`;
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  try {
    const names = columns.map((_column, index) => `c${index}`);
    const read = `read_csv(${text(csv)}, header = false, nullstr = '\\N', quote = '"', escape = '"', delim = ',', auto_detect = false, columns = {${names.map((name) => `${name}: 'VARCHAR'`).join(', ')}})`;
    const values: string[] = [];
    for (const [index, column] of columns.entries()) {
      const name = names[index]!;
      const type =
        column.dataTypeID === 1700
          ? await decimal(duck, read, name, column.dataTypeModifier)
          : TYPES[column.dataTypeID];
      const value = column.dataTypeID === 1184 ? `${name}::TIMESTAMPTZ::TIMESTAMP` : type ? `${name}::${type}` : name;
      values.push(`${value} AS "${column.name.replaceAll('"', '""')}"`);
    }
    await duck.run(
      `COPY (SELECT ${values.join(', ')} FROM ${read}) TO ${text(file)} (FORMAT parquet, COMPRESSION snappy)`,
    );
    return file;
  } finally {
    duck.closeSync();
  }
}

/** The type of a DECIMAL column; where an expression has no declared one, 38 digits with as many after the point as there are. */
async function decimal(
  duck: Awaited<ReturnType<typeof duckConnection>>,
  read: string,
  name: string,
  modifier: number,
): Promise<string> {
  if (modifier > 0) return `DECIMAL(${((modifier - 4) >> 16) & 0xffff}, ${(modifier - 4) & 0x7ff})`;
  const reader = await duck.runAndReadAll(
    `SELECT coalesce(max(CASE WHEN contains(${name}, '.') THEN length(${name}) - position('.' IN ${name}) ELSE 0 END), 0) FROM ${read}`,
  );
  return `DECIMAL(38, ${Math.min(37, Number(reader.getRows()[0]![0]))})`;
}
