/** A table of MariaDB → Parquet in S3, beside mysql2's stream of the same rows alone, alternating. */
import { bundle } from '../../lib/constructs/bundle';
import type { ColumnType, ContractColumn } from '../../lib/tasks/common';
import { findMariadb, ROOT, startMariadb } from '../lambdas/tables/mariadb';
import type { MysqlEvent } from './handlers/mysql/handler';
import { BENCH_RUN } from './run';
import { type Compared, compare, openTaskBench } from './tasks';

/** Undefined: no MariaDB is installed. */
export async function measureMysql(rows: number, repeats: number): Promise<Compared | undefined> {
  const program = findMariadb();
  if (program === undefined) return undefined;
  const [bench, database] = await Promise.all([openTaskBench('mysql'), startMariadb(program)]);
  const handler = bundle('mysql', 'test/bench/handlers');
  const run = async (reader: MysqlEvent['reader']) => {
    const measured = await bench.run(handler, eventFor(reader, database.port));
    if (measured.output.rows !== rows) throw new Error(`${reader} read ${measured.output.rows} of ${rows} rows.`);
    return measured;
  };
  try {
    await database.query('CREATE DATABASE bench CHARACTER SET utf8mb4', 'USE bench', TABLE, rowsOf(rows));
    return await compare(
      rows,
      repeats,
      () => run('mysql2'),
      () => run('stepwell'),
    );
  } finally {
    await Promise.all([bench.close(), database.stop()]);
  }
}

const TYPES: Readonly<Record<string, readonly [mysql: string, contract: ColumnType]>> = {
  id: ['BIGINT PRIMARY KEY', { type: 'bigint' }],
  customer_id: ['INT', { type: 'integer' }],
  product: ['VARCHAR(20)', { type: 'text', length: 20 }],
  note: ['VARCHAR(200)', { type: 'text' }],
  quantity: ['SMALLINT', { type: 'integer' }],
  amount: ['DECIMAL(12,2)', { type: 'decimal', precision: 12, scale: 2 }],
  rate: ['DOUBLE', { type: 'double' }],
  is_paid: ['TINYINT(1)', { type: 'boolean' }],
  day: ['DATE', { type: 'date' }],
  updated_at: ['DATETIME(3)', { type: 'timestamp' }],
};
const names = Object.keys(TYPES);
const TABLE = `CREATE TABLE sales (${names.map((name) => `${name} ${TYPES[name]![0]}`).join(', ')})`;
const rowsOf = (rows: number) =>
  `INSERT INTO sales SELECT seq, seq MOD 100003, CONCAT('product-', seq MOD 997), IF(seq MOD 10 = 0, NULL, CONCAT('größer als ', seq, ', a note')),
    seq MOD 7, seq / 100, seq / 7, seq MOD 2, DATE '2026-01-01' + INTERVAL seq MOD 365 DAY, TIMESTAMP '2026-01-01 00:00:00' + INTERVAL seq SECOND FROM seq_1_to_${rows}`;

function eventFor(reader: MysqlEvent['reader'], port: number): MysqlEvent {
  return {
    reader,
    login: { port, ...ROOT },
    sql: `SELECT ${names.join(', ')} FROM sales ORDER BY id`,
    input: {
      action: 'extract',
      run: BENCH_RUN,
      source: {
        name: 'sales',
        columns: names.map(
          (name): ContractColumn => ({ name, type: TYPES[name]![1], nullable: true, key: name === 'id' }),
        ),
        onDrift: 'fail',
        onBadRow: { maxCount: 0 },
        config: { kind: 'mysql', secret: 'bench', table: 'sales', partitionBy: 'id', partitions: 1 },
      },
      partition: { id: 'all', values: {} },
      partitions: 1,
      checkpoint: null,
    },
  };
}
