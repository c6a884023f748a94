import type { Client } from 'pg';
import { cancel, withClient } from '../../postgres/client';
import type { PostgresServer } from '../../postgres/server';
import { errorText, isDatabaseError, RedshiftError } from '../../redshift/errors';
import type { CopyContext, RecordedLoadError } from '../../redshift/load/copy';
import { databaseName, roleName, withoutPrefix } from '../../redshift/names';
import { ENDS_TRANSACTIONS } from '../../redshift/procedure-body';
import { runsAlone, transactionCommand } from '../../redshift/translate';
import type { CloudContext } from '../../service';
import { type Credentials, connect } from './connect';
import { asksHistory, refreshHistory } from './history';
import type { Journal } from './journal';
import { type PartContext, runPart } from './run-part';
import type { Session, Sessions } from './sessions';
import { hasEnded, type Part, type Statement, type Status } from './statement';
import type { Workgroup } from './workgroups';

/** PostgreSQL has 100 connections for everybody; what comes beyond waits, as in a queue of Redshift's. */
const CONCURRENCY = 30;

/** How a process that has gone left a statement. Its text says "connection", which callers may know as worth a retry. */
const LOST =
  'ERROR: the connection was lost: the warehouse was restarted before the transaction had committed, so nothing of it was kept';

export interface Executor {
  submit(statement: Statement, credentials: Credentials, workgroup: Workgroup, session?: Session): void;
  /** The statement as it is at this moment, while it has not ended. */
  active(id: string): Statement | undefined;
  readonly activeCount: number;
  /** Resolves when the statement has ended, or after `ms`. */
  ended(id: string, ms: number): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Decides what became of statements that a killed process left behind. */
  recover(): Promise<void>;
  /** Sends the events that are due. */
  sendDueEvents(): Promise<void>;
  close(): Promise<void>;
}

interface Running {
  readonly statement: Statement;
  readonly session?: Session;
  client?: Client;
  cancelled: boolean;
  done: Promise<void>;
}

export interface ExecutorParts {
  readonly cloud: CloudContext;
  readonly postgres: PostgresServer;
  readonly journal: Journal;
  readonly sessions: Sessions;
  /** for the files of a COPY */
  readonly workDir: string;
}

export function openExecutor({ cloud, postgres, journal, sessions, workDir }: ExecutorParts): Executor {
  const running = new Map<string, Running>();
  const waiting: (() => void)[] = [];
  let places = CONCURRENCY;
  let closed = false;
  const { clock } = cloud;

  async function place(): Promise<void> {
    if (places > 0) places--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else places++;
  }

  async function execute(job: Running, credentials: Credentials, workgroup: Workgroup): Promise<void> {
    const { statement, session } = job;
    let startedAt = clock.now();
    const current: { part?: Part } = { part: statement.parts[0]! };
    await place();
    try {
      if (job.cancelled || closed) throw new Cancelled();
      update(statement, 'PICKED');
      job.client = session?.client ?? (await connect(postgres, statement.database, credentials));
      if (session) session.client = job.client;
      statement.pid = (job.client as unknown as { processID: number }).processID;
      update(statement, 'STARTED');
      startedAt = clock.now();
      if (statement.parts.some(({ sql }) => asksHistory(sql)))
        await refreshHistory(postgres, journal, statement.database, (id) => running.get(id)?.statement);
      if (statement.autoCommit) await eachByItself(job, workgroup);
      else await together(job, workgroup, current);
      const failed = statement.parts.find(({ status }) => status === 'FAILED');
      // Whoever sees the end may come with the session's next statement.
      if (session) await release(job, session, failed === undefined);
      if (failed?.error !== undefined) statement.error = failed.error;
      end(statement, failed ? 'FAILED' : 'FINISHED', startedAt);
    } catch (error) {
      if (session) await release(job, session, false);
      fail(job, current.part, error, startedAt);
    } finally {
      if (!session) await job.client?.end().catch(() => {});
      leave();
    }
    // The process is ending: what the statement came to is found out at the next start, when nobody hurries.
    if (closed && statement.status !== 'FINISHED') return;
    await journal.save(statement);
    running.delete(statement.id);
    if (statement.eventDue) void sendEventSoon(statement);
  }

  /** All parts in one transaction; a single statement may also be one that opens or ends a transaction of the session's own. */
  async function together(job: Running, workgroup: Workgroup, current: { part?: Part }): Promise<void> {
    const { statement, session } = job;
    const client = job.client!;
    const own = session?.inTransaction === true;
    const alone = statement.parts.length === 1 && (await isAlone(client, statement.parts[0]!.sql));
    const control = statement.parts.length === 1 && session ? transactionCommand(statement.parts[0]!.sql) : undefined;
    if (control) {
      const work = async () => {
        await client.query(control);
        session!.inTransaction = control === 'BEGIN';
      };
      await run(job, statement.parts[0]!, work, workgroup);
      return;
    }
    if (!alone && !own) await client.query('BEGIN');
    for (const part of statement.parts) {
      current.part = part;
      if (job.cancelled) throw new Cancelled();
      await run(job, part, (context) => runPart(client, part, { ...context, inTransaction: !alone || own }), workgroup);
    }
    delete current.part;
    if (job.cancelled) throw new Cancelled();
    if (!alone && !own) await commit(client, statement);
  }

  /** AUTO_COMMIT: each part in a transaction of its own, whatever has become of the others. */
  async function eachByItself(job: Running, workgroup: Workgroup): Promise<void> {
    const client = job.client!;
    for (const part of job.statement.parts) {
      if (job.cancelled) throw new Cancelled();
      const alone = await isAlone(client, part.sql);
      try {
        if (!alone) await client.query('BEGIN');
        await run(job, part, (context) => runPart(client, part, { ...context, inTransaction: !alone }), workgroup);
        if (!alone) await client.query('COMMIT');
      } catch (error) {
        if (job.cancelled || closed) throw error;
        part.status = 'FAILED';
        part.error = errorText(error, withoutPrefix);
        if (!alone) await client.query('ROLLBACK');
      }
      await journal.save(job.statement);
    }
  }

  async function run(
    { statement }: Running,
    part: Part,
    work: (context: Omit<PartContext, 'inTransaction'>) => Promise<void>,
    workgroup: Workgroup,
  ): Promise<void> {
    const start = process.hrtime.bigint();
    part.status = 'STARTED';
    part.queryId = await journal.nextQueryId();
    try {
      await work({
        copy: copyContext(workgroup, statement, part),
        parameters: new Map(statement.parameters.map(({ name, value }) => [name, value])),
        savePage: (page, rows) => journal.savePage(part.id, page, rows),
      });
    } finally {
      part.duration = Number(process.hrtime.bigint() - start);
      part.updatedAt = clock.now();
    }
    part.status = 'FINISHED';
  }

  /** What failed outside of the caller's own transaction is undone; one of its own waits, aborted, for its ROLLBACK. */
  async function release({ client }: Running, session: Session, succeeded: boolean): Promise<void> {
    if (closed) return;
    // An error of the dialect's own has not failed the server's transaction yet.
    const undo = session.inTransaction ? 'SELECT pg_catalog.int4div(1, 0)' : 'ROLLBACK';
    if (!succeeded) await client?.query(undo).catch(() => {});
    await sessions.release(session);
  }

  async function commit(client: Client, statement: Statement): Promise<void> {
    const { rows } = await client.query<{ id: string | null }>(
      'SELECT pg_catalog.pg_current_xact_id_if_assigned()::text AS id',
    );
    const id = rows[0]!.id;
    if (id !== null) {
      statement.transaction = id;
      await journal.save(statement);
    }
    try {
      await client.query('COMMIT');
    } catch (error) {
      // When the connection breaks, or is broken off (57P…), the commit may have been done all the same.
      const refused = isDatabaseError(error) && !error.code?.startsWith('57P');
      if (refused || id === null || !(await outcome(id))) throw error;
    }
  }

  /** Whether a transaction has committed, asked until the server answers: it restarts after a crash. */
  async function outcome(transaction: string): Promise<boolean> {
    for (;;) {
      try {
        return await journal.committed(transaction);
      } catch (error) {
        if (closed) throw error;
        await clock.sleep(500);
      }
    }
  }

  function fail({ statement, cancelled }: Running, part: Part | undefined, error: unknown, startedAt: number): void {
    const aborted = cancelled || error instanceof Cancelled;
    const text = errorText(error, withoutPrefix);
    const status = aborted ? 'ABORTED' : 'FAILED';
    if (part) {
      part.status = status;
      if (!aborted) part.error = text;
      part.updatedAt = clock.now();
    }
    for (const later of statement.parts) if (!hasEnded(later)) later.status = 'ABORTED';
    if (!aborted) statement.error = text;
    end(statement, status, startedAt);
  }

  function end(statement: Statement, status: Status, startedAt: number): void {
    update(statement, status);
    statement.duration =
      statement.parts.reduce((sum, { duration }) => sum + Math.max(duration, 0), 0) || (clock.now() - startedAt) * 1e6;
    statement.eventDue = statement.withEvent;
  }

  function update(statement: Statement, status: Status): void {
    statement.status = status;
    statement.updatedAt = clock.now();
  }

  function copyContext(workgroup: Workgroup, statement: Statement, part: Part): CopyContext {
    return {
      region: cloud.region,
      workDir,
      s3As(iamRole) {
        const roleArn = iamRole === 'default' ? workgroup.defaultIamRole : iamRole;
        if (roleArn === undefined) throw new RedshiftError('The namespace has no default IAM role');
        if (!workgroup.iamRoles.includes(roleArn) && roleArn !== workgroup.defaultIamRole) {
          throw new RedshiftError(
            `User arn:aws:redshift:${cloud.region}:${cloud.account}:dbuser:${workgroup.workgroup}/${statement.user} is not authorized to assume IAM Role ${roleArn}.` +
              ' Attach the role to the namespace.',
          );
        }
        return async <T>(operation: string, input: Readonly<Record<string, unknown>>) =>
          (await cloud.call({ kind: 'role', roleArn, sessionName: 'redshift-copy' }, 's3', operation, input)) as T;
      },
      record: (errors) => recordLoadErrors(statement, part, errors),
    };
  }

  async function recordLoadErrors(
    statement: Statement,
    part: Part,
    errors: readonly RecordedLoadError[],
  ): Promise<void> {
    await withClient(postgres.adminUrl(databaseName(statement.database)), async (admin) => {
      for (const { file, table, tableId, line, column, code, message, raw } of errors) {
        const type = column?.type.replace(/\(.*/, '').replace('character varying', 'varchar') ?? '';
        const values = [
          roleName(statement.user),
          part.queryId,
          statement.id,
          tableId,
          table,
          file,
          line,
          column?.name ?? '',
          type,
        ];
        await admin.query(
          `INSERT INTO redshift_catalog.load_errors (user_name, query_id, statement_id, table_id, table_name, file_name, line_number, column_name, column_type,
             column_length, position, error_code, error_message, raw_line, raw_field_value)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, '', $13)`,
          [...values, column?.size === undefined ? '' : String(column.size), code, message, (raw ?? '').slice(0, 1024)],
        );
      }
    });
  }

  /** The event bus may refuse for a moment; past that, the next start sends what is due. */
  async function sendEventSoon(statement: Statement): Promise<void> {
    for (const waitMs of [0, 1_000, 10_000, 60_000]) {
      if (waitMs > 0) await clock.sleep(waitMs);
      if (closed) return;
      try {
        return await sendEvent(statement);
      } catch (error) {
        cloud.log(`redshift-data: the event of statement ${statement.id} was not sent: ${(error as Error).message}`);
      }
    }
  }

  async function sendEvent(statement: Statement): Promise<void> {
    const detail = {
      principal: statement.principal,
      ...(statement.name === undefined ? {} : { statementName: statement.name }),
      statementId: statement.id,
      redshiftQueryId: statement.parts.at(-1)!.queryId,
      state: statement.status,
      rows: statement.parts.at(-1)!.rows,
      expireAt: Math.floor(statement.createdAt / 1000) + 24 * 3600,
    };
    const Entries = [
      {
        Source: 'aws.redshift-data',
        DetailType: 'Redshift Data Statement Status Change',
        Detail: JSON.stringify(detail),
        Resources: [statement.workgroupArn],
        Time: new Date(statement.updatedAt),
      },
    ];
    await cloud.call({ kind: 'service', service: 'redshift-data.amazonaws.com' }, 'events', 'PutEvents', { Entries });
    statement.eventDue = false;
    await journal.save(statement);
  }

  return {
    submit(statement, credentials, workgroup, session) {
      const job: Running = { statement, cancelled: false, done: Promise.resolve(), ...(session ? { session } : {}) };
      running.set(statement.id, job);
      job.done = execute(job, credentials, workgroup).catch((error: Error) => {
        if (!closed) cloud.log(`redshift-data: ${statement.id}: ${error.stack ?? error.message}`);
      });
    },
    active: (id) => running.get(id)?.statement,
    get activeCount() {
      return running.size;
    },
    async ended(id, ms) {
      const job = running.get(id);
      if (!job) return;
      const timer = new AbortController();
      await Promise.race([job.done, clock.sleep(ms, timer.signal).catch(() => {})]);
      timer.abort();
    },
    async cancel(id) {
      const job = running.get(id);
      if (!job) return;
      job.cancelled = true;
      if (job.statement.pid > 0) await cancel(postgres.adminUrl(), job.statement.pid);
    },
    async recover() {
      for (const statement of await journal.unfinished()) {
        if (hasEnded(statement)) continue;
        const finished = statement.transaction !== undefined && (await journal.committed(statement.transaction));
        if (!finished) {
          const part = statement.parts.find((each) => !hasEnded(each)) ?? statement.parts.at(-1)!;
          part.status = 'FAILED';
          part.error = LOST;
          for (const later of statement.parts) if (!hasEnded(later)) later.status = 'ABORTED';
          statement.error = LOST;
        }
        end(statement, finished ? 'FINISHED' : 'FAILED', statement.updatedAt);
        await journal.save(statement);
      }
    },
    async sendDueEvents() {
      for (const statement of await journal.unfinished()) {
        if (!hasEnded(statement) || !statement.eventDue) continue;
        await sendEvent(statement).catch(() => void sendEventSoon(statement));
      }
    },
    async close() {
      closed = true;
      // Ends their sessions; the transactions roll back.
      const pids = [...running.values()].map(({ statement }) => statement.pid).filter((pid) => pid > 0);
      if (pids.length > 0) {
        await withClient(postgres.adminUrl(), (admin) =>
          admin.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]),
        );
      }
      for (const next of waiting.splice(0)) next();
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}

/** Whether a statement cannot run inside a transaction: by what it is, or because the procedure that it calls may end transactions. */
async function isAlone(client: Client, sql: string): Promise<boolean> {
  if (runsAlone(sql)) return true;
  const [, , name] = /^\s*call\s+(\w+\s*\.\s*)?"?(\w+)/i.exec(sql) ?? [];
  if (name === undefined) return false;
  const { rowCount } = await client.query(
    'SELECT FROM pg_catalog.pg_proc WHERE proname = $1 AND pg_catalog.starts_with(prosrc, $2)',
    [name.toLowerCase(), ENDS_TRANSACTIONS],
  );
  return rowCount! > 0;
}

class Cancelled extends Error {}
