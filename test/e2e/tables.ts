import { Client } from 'pg';
import { localClientOptions } from '../../lib/operate/local';
import { type Cell, sorted, type TableRow, type Tables } from './independent-reading';
import type { Orders } from './orders-cloud';
import { lakeRows } from './pipelines-cloud';

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

export async function readLake({ at }: Orders): Promise<TableRow[]> {
  return sorted(await lakeRows(localClientOptions(at.endpoint), 'orders', 'order_lines'));
}
