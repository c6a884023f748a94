/**
 * Reads the table in which all records are kept, in the order of their receipt, page by page: a page begins behind the last row of the
 * one before, so that a crash costs a page and memory holds one.
 */
import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import type { OutputColumn } from '../../lib/tasks/common';
import type { RawProgress, RawStore } from '../../lib/tasks/rebuild';
import { explained, type Postgres } from '../shared/postgres';
import { identifier, qualified } from '../shared/sql';

export interface RawRow {
  /** `2026-11-01T07:59:00.000123Z`: as the database knows it, so that the next page begins just behind */
  readonly at: string;
  /** the row as JSON */
  readonly text: string;
}

export type Position = Pick<RawProgress, 'at' | 'ties'>;

export interface RawTable {
  /** Rows behind the position and before `to`; none: there are no more. */
  page(position: Position, to: string): Promise<RawRow[]>;
}

/** The Data API answers with 1 MiB at most, and JSON in JSON is escaped. */
const PAGE_BYTES = 400_000;
const PAGE_ROWS = 2000;
/** In characters, of up to four bytes. */
const PIECE = 100_000;

export function rawTable(postgres: Postgres, raw: RawStore): RawTable {
  const at = identifier(raw.receivedAt);
  const columns = raw.columns.map((column) => `${memberOf(column)} AS ${identifier(column.name)}`).join(', ');
  // Rows of one time are told apart by what they hold; two that hold the same may change places.
  const rows = `SELECT t.${at} AS at, r.doc, md5(r.doc) AS digest FROM ${qualified(raw.schema, raw.table)} AS t
    CROSS JOIN LATERAL (SELECT CAST(row_to_json(o) AS text) AS doc FROM (SELECT ${columns}) AS o) AS r
    WHERE t.${at} >= CAST(:after AS timestamp) AND t.${at} < CAST(:before AS timestamp)
    ORDER BY t.${at}, digest OFFSET CAST(:ties AS bigint)`;
  const pageSql = `SELECT ${isoText('at')}, CASE WHEN n = 1 AND total > ${PAGE_BYTES} THEN NULL ELSE doc END, length(doc) FROM (
      SELECT at, doc, row_number() OVER w AS n, sum(octet_length(doc)) OVER w AS total
      FROM (${rows} LIMIT ${PAGE_ROWS}) AS next_rows WINDOW w AS (ORDER BY at, digest ROWS UNBOUNDED PRECEDING)
    ) AS counted WHERE n = 1 OR total <= ${PAGE_BYTES} ORDER BY n`;
  const pieceSql = `SELECT substr(doc, CAST(:start AS integer), ${PIECE}) FROM (${rows} LIMIT 1) AS next_row`;

  const ask = async (sql: string, parameters: Readonly<Record<string, string | number>>) => {
    const { records = [] } = await explained('the read of the records that are kept', () =>
      postgres.client.send(
        new ExecuteStatementCommand({
          resourceArn: postgres.clusterArn,
          secretArn: postgres.secretArn,
          database: postgres.database,
          sql,
          parameters: Object.entries(parameters).map(([name, value]) => ({
            name,
            value: typeof value === 'number' ? { longValue: value } : { stringValue: value },
          })),
        }),
      ),
    );
    return records;
  };

  return {
    async page({ at: after, ties }, to) {
      const found = await ask(pageSql, { after, ties, before: to });
      const rowsOfPage: RawRow[] = [];
      for (const [time, doc, length] of found) {
        let text = doc?.stringValue;
        if (text === undefined) {
          text = '';
          for (let start = 1; start <= (length?.longValue ?? 0); start += PIECE) {
            const [piece] = await ask(pieceSql, { after, ties, before: to, start });
            text += piece?.[0]?.stringValue ?? '';
          }
        }
        rowsOfPage.push({ at: time!.stringValue!, text });
      }
      return rowsOfPage;
    },
  };
}

/** A format with colons would be looked through for parameters. */
const isoText = (time: string): string => `(to_json(${time}) #>> '{}') || 'Z'`;

/** As a record of the stream has it: a time says that it is in UTC, and JSON has no infinity. */
function memberOf({ name, type }: OutputColumn): string {
  const value = `t.${identifier(name)}`;
  if (type.type === 'timestamp') return isoText(value);
  return type.type === 'double'
    ? `CASE WHEN ${value} < 'Infinity' AND ${value} > '-Infinity' THEN ${value} END`
    : value;
}

/** Where the next page begins. */
export function behind(position: Position, rows: readonly RawRow[]): Position {
  const { at } = rows.at(-1)!;
  const ties = rows.filter((row) => row.at === at).length;
  return { at, ties: at === position.at ? position.ties + ties : ties };
}
