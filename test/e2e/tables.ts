/** What the targets hold, read as a user would: over the databases' connection strings, and the lake by its catalog. */
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetPartitionsCommand, type Partition } from '@aws-sdk/client-glue';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { Client } from 'pg';
import { type Cell, sorted, type TableRow, type Tables } from './independent-reading';
import type { Orders } from './orders-cloud';

export interface ActualTables extends Tables {
  readonly aurora: readonly TableRow[];
}

export async function readTables(orders: Orders): Promise<ActualTables> {
  const { redshift = '', aurora = '' } = orders.at.databases;
  const [order_lines, ofRedshift, ofAurora, lake] = await Promise.all([
    readTable(redshift, 'shop.order_lines'),
    readTable(redshift, 'shop.orders'),
    readTable(aurora, 'shop.orders'),
    readLake(orders),
  ]);
  return { order_lines, orders: ofRedshift, aurora: ofAurora, lake };
}

/** What is not data. */
const isData = (column: string): boolean => !['_load_id', '_loaded_at', '_arrival'].includes(column);

/** Every value as the database shows it; empty where the table does not exist yet. */
export async function readTable(connectionString: string, table: string): Promise<TableRow[]> {
  const exists = await query(connectionString, `SELECT to_regclass('${table}') AS found`);
  if (exists[0]?.found === null) return [];
  const rows = await query(connectionString, `SELECT * FROM ${table}`);
  return sorted(
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => isData(column))) as TableRow),
  );
}

export async function query(connectionString: string, sql: string): Promise<Record<string, Cell>[]> {
  // As the server writes them: no conversion of ours.
  const types = { getTypeParser: () => (text: string) => text };
  const client = new Client({ connectionString, types: types as never });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function readLake(orders: Orders): Promise<TableRow[]> {
  const partitions = await partitionsOf(orders);
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-lake-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const rows: TableRow[] = [];
    for (const [index, { Values = [], StorageDescriptor }] of partitions.entries()) {
      const files = await download(orders, StorageDescriptor?.Location ?? '', join(folder, String(index)));
      const list = files.map((file) => `'${file}'`).join(', ');
      const reader = await connection.runAndReadAll(
        `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet([${list}], hive_partitioning = false)`,
      );
      for (const row of reader.getRowObjectsJson()) {
        const data = Object.entries(row).filter(([column]) => isData(column));
        rows.push({ ...(Object.fromEntries(data) as TableRow), ordered_on: Values[0] ?? null });
      }
    }
    return sorted(rows);
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function partitionsOf(orders: Orders): Promise<Partition[]> {
  const partitions: Partition[] = [];
  let NextToken: string | undefined;
  do {
    const page = await orders.glue.send(
      new GetPartitionsCommand({ DatabaseName: 'orders', TableName: 'order_lines', NextToken }),
    );
    partitions.push(...(page.Partitions ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return partitions;
}

async function download({ s3 }: Orders, location: string, to: string): Promise<string[]> {
  const [, Bucket = '', Prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? [];
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Promise.all(
    Contents.map(async ({ Key }, index) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const file = `${to}-${index}.parquet`;
      await writeFile(file, (await Body?.transformToByteArray()) ?? new Uint8Array());
      return file;
    }),
  );
}
