import type { Client, QueryArrayResult } from 'pg';
import { RAW_TYPES } from '../../postgres/client';
import { RedshiftError } from '../../redshift/errors';
import type { DescribedColumn } from '../../redshift/expressions';
import { type CopyContext, runCopy } from '../../redshift/load/copy';
import { NeedsColumns, NeedsFunction, type Translated, translate } from '../../redshift/translate';
import { runUnload } from '../../redshift/unload/unload';
import { describeColumns } from './columns';
import type { Part } from './statement';

/** A page of a result: what one GetStatementResult returns at most. */
const PAGE_BYTES = 900_000;
const PAGE_ROWS = 1_000;
/** AWS keeps no larger result. */
const MAX_RESULT_BYTES = 500 * 1024 * 1024;

export interface PartContext {
  readonly copy: CopyContext;
  readonly parameters: ReadonlyMap<string, string>;
  readonly inTransaction: boolean;
  savePage(page: number, rows: readonly (readonly (string | null)[])[]): Promise<void>;
}

/** Runs one SQL statement of Redshift's and notes its outcome in the part. */
export async function runPart(client: Client, part: Part, context: PartContext): Promise<void> {
  const translated = await translateFor(client, part.sql, context);
  if (translated.kind === 'nothing') return;
  if (translated.kind === 'copy') {
    part.rows = await runCopy(client, translated.copy, context.copy);
    return;
  }
  if (translated.kind === 'unload') {
    part.rows = await runUnload(client, translated.unload, translated.query, context.copy);
    return;
  }
  if (translated.kind === 'alone' && context.inTransaction) {
    throw new RedshiftError(
      `${translated.name ?? translated.text.split(' ').slice(0, 2).join(' ')} cannot run inside a transaction block`,
    );
  }
  // Who makes the same table at the same moment waits and then finds it made; PostgreSQL alone would fail on its catalogue's unique index.
  const made = /^CREATE TABLE IF NOT EXISTS (\S+)/.exec(translated.text)?.[1];
  const isMadeAlready = made !== undefined && (await waitForMaker(client, made));
  const result = await query(client, translated);
  if (translated.kind === 'sql' && translated.after && !isMadeAlready) await client.query(translated.after);
  if (translated.kind === 'committing' && context.inTransaction) await client.query('COMMIT; BEGIN');
  part.rows = result.rowCount ?? -1;
  if (result.fields.length > 0) {
    part.columns = await describeColumns(client, result.fields);
    part.size = await savePages(result.rows, context);
  }
}

/** True where the table is there then. Its maker has noted its layout, in a row that this transaction's snapshot may not show. */
async function waitForMaker(client: Client, table: string): Promise<boolean> {
  await client.query('SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))', [table]);
  const { rows } = await client.query('SELECT pg_catalog.to_regclass($1) IS NOT NULL AS made', [table]);
  return rows[0]!.made === true;
}

/** Translates, and asks the database for what the translation depends on. */
export async function translateFor(
  client: Client,
  sql: string,
  { parameters, inTransaction }: Pick<PartContext, 'parameters' | 'inTransaction'>,
): Promise<Translated> {
  const columns = new Map<string, readonly DescribedColumn[]>();
  const functions = new Map<string, string | undefined>();
  for (;;) {
    try {
      return translate(sql, { parameters, columns, functions });
    } catch (error) {
      if (error instanceof NeedsFunction) {
        functions.set(error.functionName, await schemaOfFunction(client, error.functionName));
        continue;
      }
      if (!(error instanceof NeedsColumns)) throw error;
      columns.set(error.query, await describe(client, error, inTransaction));
    }
  }
}

async function describe(
  client: Client,
  { query, optional }: NeedsColumns,
  inTransaction: boolean,
): Promise<DescribedColumn[]> {
  const guarded = optional && inTransaction;
  if (guarded) await client.query('SAVEPOINT "stepwell types"');
  try {
    const { fields } = await client.query(`${query} LIMIT 0`);
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      type: dataTypeID,
      modifier: dataTypeModifier,
    }));
  } catch (error) {
    if (!optional) throw error;
    if (guarded) await client.query('ROLLBACK TO SAVEPOINT "stepwell types"');
    return [];
  } finally {
    if (guarded) await client.query('RELEASE SAVEPOINT "stepwell types"').catch(() => {});
  }
}

/** Of the caller's own functions, the first on the path. */
async function schemaOfFunction(client: Client, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT n.nspname AS schema FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS path(name, place)
       JOIN pg_catalog.pg_namespace n ON n.nspname = path.name JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid
     WHERE p.proname = $1 AND p.prokind = 'f' AND n.nspname <> 'redshift_catalog' ORDER BY path.place LIMIT 1`,
    [name],
  );
  return rows[0]?.schema;
}

async function query(
  client: Client,
  { text, values }: Extract<Translated, { text: string }>,
): Promise<QueryArrayResult<(string | null)[]>> {
  const config = { text, values: [...values], rowMode: 'array' as const, types: RAW_TYPES, queryMode: 'extended' };
  return client.query<(string | null)[]>(config);
}

async function savePages(rows: readonly (string | null)[][], context: PartContext): Promise<number> {
  let page: (string | null)[][] = [];
  let number = 0;
  let bytes = 0;
  let total = 0;
  for (const row of rows) {
    const size = row.reduce((sum, value) => sum + (value === null ? 1 : Buffer.byteLength(value)), 0);
    if (page.length === PAGE_ROWS || (page.length > 0 && bytes + size > PAGE_BYTES)) {
      await context.savePage(number++, page);
      page = [];
      bytes = 0;
    }
    page.push(row);
    bytes += size;
    total += size;
    if (total > MAX_RESULT_BYTES) throw new RedshiftError('Query result exceeds the maximum allowed size of 500 MB');
  }
  if (page.length > 0 || number === 0) await context.savePage(number, page);
  return total;
}
