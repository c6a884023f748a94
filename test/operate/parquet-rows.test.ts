/** Rows of Parquet parts, as DuckDB writes them, out of an S3 that counts what is read. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { localClientOptions } from '../../lib/operate/local';
import { parquetCell, parquetRows } from '../../lib/operate/parquet-rows';

const ROWS = 100_000;
const place = { bucket: 'bucket', key: 'part.parquet' };

describe('rows of a Parquet part', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-parquet-'));
  let server: Server;
  let bytes: Buffer;
  let read = 0;
  const connection = () => ({
    client: localClientOptions(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  });

  beforeAll(async () => {
    const file = join(folder, 'part.parquet');
    const instance = await DuckDBInstance.create(':memory:');
    const duckdb = await instance.connect();
    await duckdb.run(`COPY (SELECT range AS id, 'row ' || range AS name, ((range - 5) / 4)::decimal(12,2) AS amount,
      TIMESTAMP '2026-11-21 01:02:03.456' AS at, DATE '2026-11-21' AS day, range % 2 = 0 AS even, range + 9007199254740993 AS large,
      CASE WHEN range = 7 THEN repeat('ä', 300000) END AS long, hash(range)::varchar AS noise
      FROM range(${ROWS})) TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10000)`);
    duckdb.closeSync();
    instance.closeSync();
    bytes = readFileSync(file);
    server = createServer(({ method, headers }, response) => {
      const [, from = '0', to = String(bytes.length - 1)] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? '') ?? [];
      const body = bytes.subarray(Number(from), Number(to) + 1);
      response.writeHead(headers.range ? 206 : 200, { 'content-length': body.length, etag: '"e"' });
      if (method === 'HEAD') response.end();
      else {
        read += body.length;
        response.end(body);
      }
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve());
    });
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  test('have their types and values, long ones cut', async () => {
    const { columns, rows, total } = await parquetRows(connection(), place, { from: 3, limit: 5 });

    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      ...['id bigint', 'name text', 'amount decimal(12,2)', 'at timestamp', 'day date', 'even boolean'],
      ...['large bigint', 'long text', 'noise text'],
    ]);
    expect(total).toBe(ROWS);
    expect(rows[0]!.slice(0, 8)).toEqual([
      ...[3, 'row 3', '-0.50', '2026-11-21 01:02:03.456', '2026-11-21', false, '9007199254740996', null],
    ]);
    expect(rows[4]![7]).toMatchObject({ length: 300_000, whole: { key: place.key, row: '7', column: 'long' } });
  });

  test('are read by ranges, not as a whole', async () => {
    read = 0;

    const { rows } = await parquetRows(connection(), place, { from: ROWS - 2, limit: 50 });

    expect(rows.map(([id]) => id)).toEqual([ROWS - 2, ROWS - 1]);
    expect(read).toBeLessThan(bytes.length / 4);
  });

  test('a long value comes in pieces', async () => {
    const first = await parquetCell(connection(), place, { row: 7, column: 'long', from: 0 });
    const last = await parquetCell(connection(), place, { row: 7, column: 'long', from: first.next! });

    expect(first.text + last.text).toBe('ä'.repeat(300_000));
    expect(last.next).toBeUndefined();
    await expect(parquetCell(connection(), place, { row: 7, column: 'none', from: 0 })).rejects.toThrow(
      "part.parquet has no column 'none'.",
    );
  });
});
