import type { PoolClient } from 'pg';
import { cancel } from '../../postgres/client';
import { serveExchange } from '../../postgres/exchange';
import type { PostgresServer } from '../../postgres/server';
import { AwsError, type CallContext, type CloudContext } from '../../service';
import type { State } from '../stateful';
import { type Clusters, openClusters } from './clusters';
import { badRequest, validationError } from './errors';
import { importFromS3 } from './import-from-s3';
import { type Login, openSessions, type Sessions } from './sessions';

/** AWS's numbers. */
export interface Limits {
  readonly statementMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly sqlCharacters: number;
}

export const LIMITS: Limits = {
  statementMs: 45_000,
  requestBytes: 4 * 1024 * 1024,
  responseBytes: 1024 * 1024,
  sqlCharacters: 65_536,
};

export interface RdsData extends State {
  readonly cloud: CloudContext;
  readonly limits: Limits;
  readonly clusters: Clusters;
  readonly sessions: Sessions;
  cancel(client: PoolClient): Promise<void>;
}

export async function openRdsData(
  cloud: CloudContext,
  folder: string,
  postgres: PostgresServer,
  limits: Limits,
): Promise<RdsData> {
  const clusters = await openClusters(cloud, folder, postgres);
  const sessions = openSessions(postgres, cloud.clock);
  const exchange = serveExchange(postgres, (request, dataFile) => importFromS3(cloud, clusters, request, dataFile));
  return {
    cloud,
    limits,
    clusters,
    sessions,
    cancel: (client) => cancel(postgres.adminUrl(), processId(client)),
    async close() {
      exchange.stop();
      await sessions.close();
    },
  };
}

/** pg keeps the server's process number of a connection; its types do not say so. */
export const processId = (client: PoolClient) => (client as unknown as { processID: number }).processID;

export interface Target {
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  readonly transactionId?: string;
}

/** The database user of a call: whoever may read the secret may log in with it, and nobody else. */
export async function login(state: RdsData, target: Target, { principal, cloud }: CallContext): Promise<Login> {
  const cluster = state.clusters.serving(target.resourceArn);
  const { username, password } = await readSecret(cloud, principal, target.secretArn);
  return { user: username, password, database: target.database || cluster.databaseName };
}

async function readSecret(cloud: CloudContext, principal: CallContext['principal'], secretArn: string | undefined) {
  if (!secretArn)
    throw validationError(
      "1 validation error detected: Value null at 'secretArn' failed to satisfy constraint: Member must not be null",
    );
  const secret = (await cloud
    .call(principal, 'secretsmanager', 'GetSecretValue', { SecretId: secretArn })
    .catch((error: unknown) => {
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException') {
        throw new AwsError(
          'SecretsErrorException',
          `Error fetching secret ${secretArn} : ${error.message} (Service: SecretsManager, Status Code: 400)`,
        );
      }
      throw error;
    })) as { SecretString?: string };
  try {
    const { username, password } = JSON.parse(secret.SecretString ?? '') as { username?: string; password?: string };
    if (username && password !== undefined) return { username, password };
  } catch {
    // Refused below, with what a secret has to look like.
  }
  throw new AwsError(
    'InvalidSecretException',
    `Secret ${secretArn} is not valid: it must be JSON with the keys username and password.`,
  );
}

export function checkSizes(limits: Limits, sql: string | undefined, input: unknown): asserts sql is string {
  if (!sql)
    throw validationError(
      "1 validation error detected: Value null at 'sql' failed to satisfy constraint: Member must not be null",
    );
  if (sql.length > limits.sqlCharacters) {
    throw validationError(
      `1 validation error detected: Value at 'sql' failed to satisfy constraint: Member must have length less than or equal to ${limits.sqlCharacters}`,
    );
  }
  const size = JSON.stringify(input, (_key, value) => {
    if (typeof value === 'bigint') return Number(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  }).length;
  if (size > limits.requestBytes)
    throw badRequest(`Request size ${size} exceeds the limit of ${limits.requestBytes} bytes`);
}
