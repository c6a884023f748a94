import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf } from '../../iam';
import { serveExchange } from '../../postgres/exchange';
import type { PostgresServer } from '../../postgres/server';
import { TRANSLATE } from '../../redshift/catalog/dynamic';
import { namedParameters } from '../../redshift/tree';
import { type AccessRequest, AwsError, type CallContext, type CloudContext, type Principal } from '../../service';
import type { State } from '../stateful';
import type { Credentials } from './connect';
import { type DynamicSql, translateDynamic } from './dynamic-sql';
import { notFound, sessionInvalid, tooManyStatements, validation } from './errors';
import { type Executor, openExecutor } from './executor';
import { type Journal, openJournal } from './journal';
import { openSessions, type Session, type Sessions } from './sessions';
import type { Part, Statement } from './statement';
import { openWorkgroups, type Workgroup, type Workgroups } from './workgroups';

export interface RedshiftData extends State {
  readonly cloud: CloudContext;
  readonly postgres: PostgresServer;
  readonly workgroups: Workgroups;
  readonly journal: Journal;
  readonly executor: Executor;
  readonly sessions: Sessions;
}

export async function openRedshiftData(
  cloud: CloudContext,
  folder: string,
  postgres: PostgresServer,
): Promise<RedshiftData> {
  const workDir = join(folder, 'copy');
  await rm(workDir, { recursive: true, force: true });
  const workgroups = await openWorkgroups(cloud, folder, postgres);
  const journal = await openJournal(postgres, cloud.clock.now);
  const sessions = openSessions(cloud.clock);
  const executor = openExecutor({ cloud, postgres, journal, sessions, workDir });
  await executor.recover();
  const translations = serveExchange<DynamicSql>(postgres, (request) => translateDynamic(postgres, request), TRANSLATE);
  return {
    cloud,
    postgres,
    workgroups,
    journal,
    executor,
    sessions,
    async close() {
      translations.stop();
      await executor.close();
      await sessions.close();
      await journal.close();
    },
  };
}

/** How a call says where and as whom. */
export interface Target {
  readonly WorkgroupName?: string;
  readonly ClusterIdentifier?: string;
  readonly SecretArn?: string;
  readonly DbUser?: string;
  readonly Database?: string;
  readonly SessionId?: string;
}

/** The action on the workgroup; without a secret also the right to temporary credentials of it. */
export function accessToWorkgroup(state: RedshiftData, action: string, target: Target): AccessRequest[] {
  const session = target.SessionId ? state.sessions.list().find(({ id }) => id === target.SessionId) : undefined;
  const resource = state.workgroups.find(session?.workgroup ?? target.WorkgroupName)?.arn ?? '*';
  const requests = [{ action: `redshift-data:${action}`, resource }];
  // A session was made with its credentials.
  return target.SecretArn || target.SessionId
    ? requests
    : [...requests, { action: 'redshift-serverless:GetCredentials', resource }];
}

/** Statements are not resources of IAM: their owner is a condition key. */
export function accessToStatement(action: string, { principal }: CallContext): AccessRequest[] {
  const owner = principal.kind === 'role' ? `${nameOfRole(principal.roleArn)}:${principal.sessionName}` : 'local';
  return [
    {
      action: `redshift-data:${action}`,
      resource: '*',
      context: { 'redshift-data:statement-owner-iam-userid': owner },
    },
  ];
}

/** Whether the caller may see the statement: only the IAM role that ran it may, in any of its sessions, whatever the policies of others allow. */
export function isOwner(
  { principal: owner }: { readonly principal: string },
  { principal, cloud }: CallContext,
): boolean {
  // The user sees everything on the local cloud.
  return principal.kind === 'admin' || withoutSession(principalArn(principal, cloud.account)) === withoutSession(owner);
}

const withoutSession = (arn: string) => arn.split('/').slice(0, 2).join('/');

const nameOfRole = (arn: string) => arn.split('/').at(-1) ?? arn;

export const principalArn = (principal: Principal, account: string): string => identityOf(principal, account).arn;

/** The user of a call: that of the secret, which the caller must be allowed to read, or the caller's own IAM identity. */
export async function credentialsOf(target: Target, { principal, cloud }: CallContext): Promise<Credentials> {
  if (target.DbUser) throw validation('DbUser cannot be used with WorkgroupName');
  if (target.SecretArn) return readSecret(cloud, principal, target.SecretArn);
  // Redshift makes a user for each IAM identity at its first call; it has no grants.
  const user = principal.kind === 'role' ? `IAMR:${nameOfRole(principal.roleArn)}` : 'IAM:local';
  return { user, iam: true };
}

async function readSecret(cloud: CloudContext, principal: Principal, secretArn: string): Promise<Credentials> {
  const secret = (await cloud
    .call(principal, 'secretsmanager', 'GetSecretValue', { SecretId: secretArn })
    .catch((error: unknown) => {
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException')
        throw validation(`Secret ${secretArn} does not exist: ${error.message}`);
      throw error;
    })) as { SecretString?: string };
  try {
    const { username, password } = JSON.parse(secret.SecretString ?? '') as { username?: string; password?: string };
    if (username && password !== undefined) return { user: username, password };
  } catch {
    // said below
  }
  throw validation(`Secret ${secretArn} must be JSON with the keys username and password`);
}

/** Limits of the Data API. */
const MAX_SQL_BYTES = 100 * 1024;
const MAX_ACTIVE = 500;
const TOKEN_LIFETIME_MS = 8 * 3_600_000;

export interface Submission extends Target {
  readonly Sqls: readonly (string | undefined)[];
  readonly batch: boolean;
  readonly StatementName?: string;
  readonly WithEvent?: boolean;
  readonly ClientToken?: string;
  readonly Parameters?: readonly { readonly name?: string; readonly value?: string }[];
  readonly ResultFormat?: string;
  readonly SessionKeepAliveSeconds?: number;
  readonly ExecutionMode?: string;
}

/** Accepts a statement, or finds the one that the same token has brought before. */
export async function submit(state: RedshiftData, input: Submission, context: CallContext): Promise<Statement> {
  check(input);
  const session = input.SessionId ? sessionOf(state, input, context) : undefined;
  const workgroup = state.workgroups.get(session?.workgroup ?? input.WorkgroupName);
  const database = session?.database ?? input.Database ?? workgroup.dbName;
  const credentials: Credentials = session ? { user: session.user, iam: true } : await credentialsOf(input, context);
  const fingerprint = createHash('sha256')
    .update(
      JSON.stringify([
        input.Sqls,
        input.Parameters ?? [],
        workgroup.arn,
        database,
        credentials.user,
        input.StatementName ?? null,
        input.WithEvent ?? false,
        ...(input.ResultFormat === 'CSV' || input.SessionId
          ? [input.ResultFormat ?? 'JSON', input.SessionId ?? '']
          : []),
      ]),
    )
    .digest('hex');
  if (input.ClientToken) {
    const known = await state.journal.byToken(input.ClientToken, state.cloud.clock.now() - TOKEN_LIFETIME_MS);
    if (known && known.input !== fingerprint)
      throw validation('The client token has been used with other parameters before');
    if (known) return known.statement;
  }
  if (state.executor.activeCount >= MAX_ACTIVE) throw tooManyStatements();
  const id = randomUUID();
  const keepAlive = input.SessionKeepAliveSeconds;
  if (session) state.sessions.take(session, id, keepAlive);
  const principal = principalArn(context.principal, state.cloud.account);
  const used =
    session ??
    (keepAlive
      ? state.sessions.open({
          workgroup: workgroup.workgroup,
          database,
          user: credentials.user,
          principal,
          keepAliveSeconds: keepAlive,
          ...(input.SecretArn === undefined ? {} : { secretArn: input.SecretArn }),
        })
      : undefined);
  if (used) used.statementId = id;
  const secretArn = session?.secretArn ?? input.SecretArn;
  const about = { id, workgroup, database, user: credentials.user, principal, session: used, secretArn };
  const statement = newStatement(state, input, about);
  try {
    // On disk before the answer: whoever has the id finds the statement, whatever happens.
    await state.journal.insert(statement, fingerprint);
  } catch (error) {
    if (used) await state.sessions.release(used);
    throw error;
  }
  state.executor.submit(statement, credentials, workgroup, used);
  return statement;
}

/** The session that a call goes on in, which is its caller's own and says by itself where and as whom. */
function sessionOf(state: RedshiftData, input: Submission, context: CallContext): Session {
  const given = (['WorkgroupName', 'ClusterIdentifier', 'Database', 'DbUser', 'SecretArn'] as const).filter(
    (name) => input[name] !== undefined,
  );
  const session = state.sessions.get(input.SessionId!);
  if (!isOwner(session, context)) throw sessionInvalid(session.id);
  const workgroup = input.WorkgroupName && state.workgroups.get(input.WorkgroupName).workgroup;
  const other =
    (workgroup && workgroup !== session.workgroup) ||
    (input.Database && input.Database !== session.database) ||
    (input.SecretArn && input.SecretArn !== session.secretArn) ||
    input.DbUser ||
    input.ClusterIdentifier;
  if (other) throw validation(`${given.join(', ')} cannot differ from what the session ${session.id} was made with`);
  return session;
}

const MAX_KEEP_ALIVE_SECONDS = 86_400;
const MAX_NAME = 2048;

function check(input: Submission): void {
  const keepAlive = input.SessionKeepAliveSeconds ?? 0;
  if (keepAlive < 0 || keepAlive > MAX_KEEP_ALIVE_SECONDS)
    throw validation(
      `1 validation error detected: Value '${keepAlive}' at 'sessionKeepAliveSeconds' failed to satisfy constraint: Member must have value ${keepAlive < 0 ? 'greater than or equal to 0' : `less than or equal to ${MAX_KEEP_ALIVE_SECONDS}`}`,
    );
  if ((input.StatementName?.length ?? 0) > MAX_NAME)
    throw validation(
      `1 validation error detected: Value at 'statementName' failed to satisfy constraint: Member must have length less than or equal to ${MAX_NAME}`,
    );
  enumeration('resultFormat', input.ResultFormat, ['JSON', 'CSV']);
  enumeration('executionMode', input.ExecutionMode, ['TRANSACTION', 'AUTO_COMMIT']);
  if (!input.Database && !input.SecretArn && !input.SessionId) throw validation('Database must be specified');
  if (input.Parameters?.length === 0)
    throw validation(
      "1 validation error detected: Value '[]' at 'parameters' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  const unused = unusedParameters(input);
  if (unused.length > 0)
    throw validation(`Parameters list contains unused parameters. Unused parameters: [${unused.join(', ')}]`);
  for (const sql of input.Sqls) {
    if (!sql?.trim()) throw validation('SQL must not be empty');
    const bytes = Buffer.byteLength(sql);
    if (bytes > MAX_SQL_BYTES)
      throw validation(`The size of the SQL statement, ${bytes} bytes, exceeds the limit of ${MAX_SQL_BYTES} bytes`);
  }
}

/** A name that only stands inside of a string is none. */
function unusedParameters({ Parameters = [], Sqls }: Submission): string[] {
  if (Parameters.length === 0) return [];
  const used = new Set(Sqls.flatMap((sql) => namedParameters(sql ?? '')));
  return Parameters.map(({ name = '' }) => name).filter((name) => !used.has(name));
}

export function enumeration(member: string, value: string | undefined, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value))
    throw validation(
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${values.join(', ')}]`,
    );
}

interface About {
  readonly id: string;
  readonly workgroup: Workgroup;
  readonly database: string;
  readonly user: string;
  readonly principal: string;
  readonly session: Session | undefined;
  readonly secretArn: string | undefined;
}

function newStatement(
  { cloud }: RedshiftData,
  input: Submission,
  { id, workgroup, database, user, principal, session, secretArn }: About,
): Statement {
  const now = cloud.clock.now();
  const parts = input.Sqls.map(
    (sql, index): Part => ({
      id: input.batch ? `${id}:${index + 1}` : id,
      sql: sql!,
      status: 'SUBMITTED',
      createdAt: now,
      updatedAt: now,
      duration: -1,
      rows: -1,
      size: -1,
      queryId: 0,
    }),
  );
  return {
    id,
    batch: input.batch,
    ...(input.StatementName === undefined ? {} : { name: input.StatementName }),
    parameters: (input.Parameters ?? []).map(({ name = '', value = '' }) => ({ name, value })),
    workgroup: workgroup.workgroup,
    workgroupArn: workgroup.arn,
    database,
    user,
    ...(secretArn === undefined ? {} : { secretArn }),
    principal,
    ...(input.ResultFormat === 'CSV' ? { resultFormat: 'CSV' } : {}),
    ...(input.ExecutionMode === 'AUTO_COMMIT' ? { autoCommit: true } : {}),
    ...(session === undefined ? {} : { sessionId: session.id }),
    withEvent: input.WithEvent ?? false,
    ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
    createdAt: now,
    updatedAt: now,
    status: 'SUBMITTED',
    duration: -1,
    pid: 0,
    parts,
    eventDue: false,
  };
}

const MAX_WAIT_SECONDS = 30;

/** A statement of the caller's, by its id or that of one of its parts, as it is now; with a wait, as it is when it has ended or the time is over. */
export async function findStatement(
  state: RedshiftData,
  id: string | undefined,
  context: CallContext,
  waitSeconds = 0,
): Promise<{ statement: Statement; part?: Part }> {
  if (!id) throw validation('Id must be specified');
  const [statementId = ''] = id.split(':');
  const find = async () => state.executor.active(statementId) ?? (await state.journal.get(statementId));
  const known = await find();
  if (!known || !isOwner(known, context)) throw notFound(id);
  if (waitSeconds > 0) await state.executor.ended(statementId, Math.min(waitSeconds, MAX_WAIT_SECONDS) * 1000);
  const statement = waitSeconds > 0 ? ((await find()) ?? known) : known;
  const part = statement.parts.find((each) => each.id === id);
  if (id !== statementId && !part) throw notFound(id);
  return { statement, ...(part ? { part } : {}) };
}

/** Answers of ExecuteStatement and BatchExecuteStatement. */
export function submitted(statement: Statement) {
  return {
    Id: statement.id,
    CreatedAt: new Date(statement.createdAt),
    Database: statement.database,
    WorkgroupName: statement.workgroup,
    ...(statement.secretArn === undefined ? { DbUser: statement.user } : { SecretArn: statement.secretArn }),
    ...(statement.sessionId === undefined ? {} : { SessionId: statement.sessionId }),
  };
}
