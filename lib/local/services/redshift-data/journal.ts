import { Pool } from 'pg';
import type { PostgresServer } from '../../postgres/server';
import { RETENTION_MS, type Statement } from './statement';

/**
 * The record of all statements, in the same PostgreSQL that runs them. One write-ahead log for both is what makes the outcome of a commit certain:
 * the transaction's id is in the journal, earlier in the log, before that transaction commits; so after a crash `pg_xact_status` says what became of it.
 */
export interface Journal {
  save(statement: Statement): Promise<void>;
  get(id: string): Promise<Statement | undefined>;
  byToken(token: string, since: number): Promise<{ statement: Statement; input: string } | undefined>;
  /** Durable when it resolves. */
  insert(statement: Statement, input: string): Promise<void>;
  /** newest first */
  list(): Promise<Statement[]>;
  unfinished(): Promise<Statement[]>;
  savePage(partId: string, page: number, rows: readonly (readonly (string | null)[])[]): Promise<void>;
  page(partId: string, page: number): Promise<{ rows: (string | null)[][]; more: boolean } | undefined>;
  /** Rejects while it is in progress. */
  committed(transaction: string): Promise<boolean>;
  nextQueryId(): Promise<number>;
  close(): Promise<void>;
}

const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS redshift_data;
CREATE SEQUENCE IF NOT EXISTS redshift_data.query_id;
CREATE TABLE IF NOT EXISTS redshift_data.statements (
  id text PRIMARY KEY, created_at bigint NOT NULL, ended boolean NOT NULL, event_due boolean NOT NULL, token text, input text, statement json NOT NULL);
CREATE INDEX IF NOT EXISTS statements_token ON redshift_data.statements (token) WHERE token IS NOT NULL;
CREATE INDEX IF NOT EXISTS statements_open ON redshift_data.statements (id) WHERE NOT ended OR event_due;
CREATE INDEX IF NOT EXISTS statements_created ON redshift_data.statements (created_at);
CREATE TABLE IF NOT EXISTS redshift_data.pages (part_id text, page int, rows json NOT NULL, PRIMARY KEY (part_id, page));
`;

export async function openJournal(postgres: PostgresServer, now: () => number): Promise<Journal> {
  const pool = new Pool({ connectionString: postgres.adminUrl(), max: 4, allowExitOnIdle: true });
  pool.on('error', () => {});
  // The log is written in order: the statement's own commit, which waits for the disk, takes with it what was noted before. And what is noted
  // after it, a crash can only make undone, not wrong: it is found out again at the next start.
  const unhurried = new Pool({
    connectionString: postgres.adminUrl(),
    options: '-c synchronous_commit=off',
    max: 8,
    allowExitOnIdle: true,
  });
  unhurried.on('error', () => {});
  await pool.query(SCHEMA);
  const old = now() - RETENTION_MS;
  await pool.query('DELETE FROM redshift_data.statements WHERE created_at < $1 AND ended AND NOT event_due', [old]);
  await pool.query(
    "DELETE FROM redshift_data.pages p WHERE NOT EXISTS (SELECT FROM redshift_data.statements s WHERE s.id = split_part(p.part_id, ':', 1))",
  );

  const ended = ({ status }: Statement) => ['FINISHED', 'FAILED', 'ABORTED'].includes(status);
  const statements = async (where: string, values: unknown[] = []) => {
    const { rows } = await pool.query<{ statement: Statement }>(
      `SELECT statement FROM redshift_data.statements ${where}`,
      values,
    );
    return rows.map(({ statement }) => statement);
  };
  return {
    async insert(statement, input) {
      await pool.query('INSERT INTO redshift_data.statements VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        statement.id,
        statement.createdAt,
        ended(statement),
        statement.eventDue,
        statement.clientToken,
        input,
        JSON.stringify(statement),
      ]);
    },
    async save(statement) {
      await unhurried.query(
        'UPDATE redshift_data.statements SET ended = $2, event_due = $3, statement = $4 WHERE id = $1',
        [statement.id, ended(statement), statement.eventDue, JSON.stringify(statement)],
      );
    },
    get: async (id) => (await statements('WHERE id = $1 AND created_at >= $2', [id, now() - RETENTION_MS]))[0],
    async byToken(token, since) {
      const { rows } = await pool.query<{ statement: Statement; input: string }>(
        'SELECT statement, input FROM redshift_data.statements WHERE token = $1 AND created_at >= $2 ORDER BY created_at DESC LIMIT 1',
        [token, since],
      );
      return rows[0];
    },
    list: () => statements('WHERE created_at >= $1 ORDER BY created_at DESC, id', [now() - RETENTION_MS]),
    unfinished: () => statements('WHERE NOT ended OR event_due ORDER BY created_at'),
    async savePage(partId, page, rows) {
      await unhurried.query('INSERT INTO redshift_data.pages VALUES ($1, $2, $3)', [
        partId,
        page,
        JSON.stringify(rows),
      ]);
    },
    async page(partId, page) {
      const { rows } = await pool.query<{ page: number; rows: (string | null)[][] }>(
        'SELECT page, rows FROM redshift_data.pages WHERE part_id = $1 AND page IN ($2, $2 + 1) ORDER BY page',
        [partId, page],
      );
      return rows[0]?.page === page ? { rows: rows[0].rows, more: rows.length > 1 } : undefined;
    },
    async committed(transaction) {
      const { rows } = await pool.query<{ status: string | null }>('SELECT pg_xact_status($1::xid8) AS status', [
        transaction,
      ]);
      if (rows[0]?.status === 'in progress') throw new Error(`Transaction ${transaction} has not ended yet`);
      return rows[0]?.status === 'committed';
    },
    async nextQueryId() {
      const { rows } = await pool.query<{ id: string }>("SELECT nextval('redshift_data.query_id') AS id");
      return Number(rows[0]!.id);
    },
    async close() {
      await Promise.all([pool.end(), unhurried.end()]);
    },
  };
}
