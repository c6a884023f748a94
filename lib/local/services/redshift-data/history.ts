import { withClient } from '../../postgres/client';
import type { PostgresServer } from '../../postgres/server';
import { significant, tokenize } from '../../postgres/sql-lexer';
import { HISTORY_VIEWS } from '../../redshift/catalog/views';
import { databaseName, roleName } from '../../redshift/names';
import type { Journal } from './journal';
import type { Statement } from './statement';

/** Whether a statement asks what has run. */
export function asksHistory(sql: string): boolean {
  try {
    return significant(tokenize(sql, { backslashEscapes: true })).some(({ text }) =>
      HISTORY_VIEWS.has(text.toLowerCase()),
    );
  } catch {
    // Said when it is run.
    return false;
  }
}

const STATES: Readonly<Record<Statement['status'], string>> = {
  SUBMITTED: 'planning',
  PICKED: 'planning',
  STARTED: 'running',
  FINISHED: 'success',
  FAILED: 'failed',
  ABORTED: 'canceled',
};

/** Copies what the journal knows of a database's statements to where its views look: they are asked for rarely, statements run often. */
export async function refreshHistory(
  postgres: PostgresServer,
  journal: Journal,
  database: string,
  active: (id: string) => Statement | undefined,
): Promise<void> {
  const statements = (await journal.list()).filter((statement) => statement.database === database);
  const rows = statements
    .map(({ id, ...saved }) => active(id) ?? { id, ...saved })
    .flatMap((statement) =>
      statement.parts
        .filter(({ queryId }) => queryId > 0)
        .map((part) => {
          const ended = ['FINISHED', 'FAILED', 'ABORTED'].includes(part.status);
          const elapsed = Math.max(0, Math.round(part.duration / 1000));
          return {
            query_id: part.queryId,
            user_name: roleName(statement.user),
            session_id: statement.pid,
            database_name: database,
            query_type: kindOf(part.sql),
            status: STATES[part.status],
            start_time: new Date(ended ? part.updatedAt - elapsed / 1000 : statement.updatedAt).toISOString(),
            end_time: ended ? new Date(part.updatedAt).toISOString() : null,
            elapsed_time: elapsed,
            returned_rows: Math.max(0, part.rows),
            returned_bytes: Math.max(0, part.size),
            query_text: part.sql,
            error_message: part.error ?? '',
          };
        }),
    );
  await withClient(postgres.adminUrl(databaseName(database)), async (admin) => {
    await admin.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    await admin.query('LOCK TABLE redshift_catalog.queries IN EXCLUSIVE MODE');
    await admin.query('DELETE FROM redshift_catalog.queries');
    await admin.query(
      `INSERT INTO redshift_catalog.queries SELECT * FROM json_populate_recordset(NULL::redshift_catalog.queries, $1) ON CONFLICT DO NOTHING`,
      [JSON.stringify(rows)],
    );
    await admin.query('COMMIT');
  });
}

const KINDS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'COPY', 'UNLOAD', 'MERGE'];
const DDL = ['CREATE', 'ALTER', 'DROP', 'TRUNCATE', 'GRANT', 'REVOKE', 'COMMENT'];

function kindOf(sql: string): string {
  const word = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? '';
  if (word === 'WITH') return 'SELECT';
  if (KINDS.includes(word)) return word;
  return DDL.includes(word) ? 'DDL' : 'UTILITY';
}
