/** A table of MariaDB → Parquet in S3, beside mysql2's stream of the same rows alone, alternating. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { bundle } from '../../lib/constructs/bundle';
import type { ColumnType, ContractColumn } from '../../lib/tasks/common';
import { findMariadb, ROOT, startMariadb } from '../lambdas/tables/mariadb';
import type { MysqlEvent } from './handlers/mysql/handler';
import { type Measured, measure, median, startServer } from './processes';

const FOLDER = join(tmpdir(), 'stepwell-bench');

export interface MysqlResult {
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly bareRowsPerSecond: number;
  readonly ratio: number;
  readonly peakMb: number;
  readonly barePeakMb: number;
}

/** Undefined: no MariaDB is installed. */
export async function measureMysql(rows: number, repeats: number): Promise<MysqlResult | undefined> {
  const program = findMariadb();
  if (program === undefined) return undefined;
  mkdirSync(FOLDER, { recursive: true });
  const state = join(FOLDER, `mysql-s3-${process.pid}`);
  const [storage, database] = await Promise.all([
    startServer(resolve('test/bench/s3-server.ts'), [state]),
    startMariadb(program),
  ]);
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const s3 = new S3Client({ endpoint: storage.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  const index = join(bundle('mysql', 'test/bench/handlers').directory, 'index.js');
  let attempts = 0;
  const run = async (reader: MysqlEvent['reader']): Promise<Measured> => {
    const eventFile = join(FOLDER, `mysql-${process.pid}.json`);
    writeFileSync(eventFile, JSON.stringify(eventFor(reader, database.port)));
    const measured = await measure(
      resolve('test/bench/function-process.cjs'),
      [index, eventFile, `mysql-${attempts++}`],
      {
        AWS_ENDPOINT_URL: storage.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        WORK_BUCKET: 'work',
        NODE_NO_WARNINGS: '1',
      },
    );
    if (measured.output.rows !== rows) throw new Error(`${reader} read ${measured.output.rows} of ${rows} rows.`);
    return measured;
  };
  try {
    await s3.send(new CreateBucketCommand({ Bucket: 'work' }));
    await database.query('CREATE DATABASE bench CHARACTER SET utf8mb4', 'USE bench', TABLE, rowsOf(rows));
    const ours: Measured[] = [];
    const bare: Measured[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      bare.push(await run('mysql2'));
      ours.push(await run('stepwell'));
    }
    const perSecond = (measured: readonly Measured[]) => (rows * 1000) / median(measured.map(({ ms }) => ms));
    return {
      rows,
      rowsPerSecond: perSecond(ours),
      bareRowsPerSecond: perSecond(bare),
      ratio: perSecond(ours) / perSecond(bare),
      peakMb: Math.max(...ours.map(({ peakMb }) => peakMb)),
      barePeakMb: Math.max(...bare.map(({ peakMb }) => peakMb)),
    };
  } finally {
    s3.destroy();
    await Promise.all([storage.stop(), database.stop()]);
    rmSync(state, { recursive: true, force: true });
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
      run: {
        pipeline: 'bench',
        runId: 'bench',
        executionArn: 'arn:aws:states:us-east-1:000000000000:execution:bench:bench',
        startedAt: '2026-01-05T00:00:00.000Z',
        loadKey: 'bench:0',
        loadId: '0000000000000000',
        generation: 0,
        arrival: '2026-01-05T00:00:00.000Z#0',
      },
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
