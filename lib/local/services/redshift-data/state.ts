import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServer } from '../../postgres/server';
import { type AccessRequest, AwsError, type CallContext, type CloudContext, type Principal } from '../../service';
import type { State } from '../stateful';
import type { Credentials } from './connect';
import { notFound, tooManyStatements, validation } from './errors';
import { type Executor, openExecutor } from './executor';
import { type Journal, openJournal } from './journal';
import type { Part, Statement } from './statement';
import { openWorkgroups, type Workgroup, type Workgroups } from './workgroups';

export interface RedshiftData extends State {
  readonly cloud: CloudContext;
  readonly postgres: PostgresServer;
  readonly workgroups: Workgroups;
  readonly journal: Journal;
  readonly executor: Executor;
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
  const executor = openExecutor(cloud, postgres, journal, workDir);
  await executor.recover();
  return {
    cloud,
    postgres,
    workgroups,
    journal,
    executor,
    async close() {
      await executor.close();
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
  const resource = state.workgroups.find(target.WorkgroupName)?.arn ?? '*';
  const requests = [{ action: `redshift-data:${action}`, resource }];
  return target.SecretArn ? requests : [...requests, { action: 'redshift-serverless:GetCredentials', resource }];
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
export function isOwner({ principal: owner }: Statement, { principal, cloud }: CallContext): boolean {
  // The user sees everything on the local cloud.
  return principal.kind === 'admin' || withoutSession(principalArn(principal, cloud.account)) === withoutSession(owner);
}

const withoutSession = (arn: string) => arn.split('/').slice(0, 2).join('/');

const nameOfRole = (arn: string) => arn.split('/').at(-1) ?? arn;

export function principalArn(principal: Principal, account: string): string {
  if (principal.kind === 'role')
    return `arn:aws:sts::${account}:assumed-role/${nameOfRole(principal.roleArn)}/${principal.sessionName}`;
  return principal.kind === 'admin' ? `arn:aws:iam::${account}:user/local` : principal.service;
}

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
  const workgroup = state.workgroups.get(input.WorkgroupName);
  check(input);
  const database = input.Database ?? workgroup.dbName;
  const credentials = await credentialsOf(input, context);
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
  const statement = newStatement(state, input, { workgroup, database, user: credentials.user }, context);
  // On disk before the answer: whoever has the id finds the statement, whatever happens.
  await state.journal.insert(statement, fingerprint);
  state.executor.submit(statement, credentials, workgroup);
  return statement;
}

function check(input: Submission): void {
  if (input.SessionId || input.SessionKeepAliveSeconds)
    throw validation('The local Redshift Data API does not support sessions (SessionId, SessionKeepAliveSeconds)');
  if (input.ResultFormat && input.ResultFormat !== 'JSON')
    throw validation('The local Redshift Data API does not support ResultFormat CSV');
  if (input.ExecutionMode && input.ExecutionMode !== 'TRANSACTION')
    throw validation('The local Redshift Data API does not support ExecutionMode AUTO_COMMIT');
  if (!input.Database && !input.SecretArn) throw validation('Database must be specified');
  for (const sql of input.Sqls) {
    if (!sql?.trim()) throw validation('SQL must not be empty');
    const bytes = Buffer.byteLength(sql);
    if (bytes > MAX_SQL_BYTES)
      throw validation(`The size of the SQL statement, ${bytes} bytes, exceeds the limit of ${MAX_SQL_BYTES} bytes`);
  }
}

function newStatement(
  { cloud }: RedshiftData,
  input: Submission,
  { workgroup, database, user }: { workgroup: Workgroup; database: string; user: string },
  { principal }: CallContext,
): Statement {
  const id = randomUUID();
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
    ...(input.SecretArn === undefined ? {} : { secretArn: input.SecretArn }),
    principal: principalArn(principal, cloud.account),
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
  };
}
