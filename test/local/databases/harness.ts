import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Client, type QueryResult } from 'pg';
import { type PostgresServer, startPostgres } from '../../../lib/local/postgres/server';
import {
  AwsError,
  type CallContext,
  type Clock,
  type CloudContext,
  type Principal,
  type Service,
  systemClock,
} from '../../../lib/local/service';

/** A cloud of the one service under test and its neighbours in memory; PostgreSQL is the real one. */
export interface TestCloud {
  readonly context: CloudContext;
  readonly postgres: PostgresServer;
  /** secret ARN → secret string */
  readonly secrets: Map<string, string>;
  /** `bucket/key` → object */
  readonly objects: Map<string, { body: Buffer; encoding?: string }>;
  /** entries that were put on the event bus */
  readonly events: Record<string, unknown>[];
  /** what each role may not do, e.g. `s3:GetObject` */
  readonly denied: Map<string, string[]>;
  readonly calls: { principal: Principal; action: string; input: unknown }[];
  put(key: string, body: string | Buffer, options?: { gzip?: boolean; encoding?: string }): void;
  /** The service's operation as a caller sees it: authorised by nobody here, as IAM has tests of its own. */
  invoke<T>(service: Service, operation: string, input: unknown, principal?: Principal): Promise<T>;
  /** SQL straight into a database, as the superuser or a user. */
  sql(database: string, text: string, user?: { name: string; password: string }): Promise<QueryResult>;
  close(): Promise<void>;
}

export const ROLE: Principal = { kind: 'role', roleArn: 'arn:aws:iam::000000000000:role/loader', sessionName: 'test' };

export async function startTestCloud({
  clock = systemClock,
  stateDir,
}: {
  clock?: Clock;
  stateDir?: string;
} = {}): Promise<TestCloud> {
  const folder = stateDir ?? mkdtempSync(join(tmpdir(), 'stepwell-databases-'));
  const postgres = await startPostgres({ stateDir: folder });
  const secrets = new Map<string, string>();
  const objects = new Map<string, { body: Buffer; encoding?: string }>();
  const events: Record<string, unknown>[] = [];
  const denied = new Map<string, string[]>();
  const calls: TestCloud['calls'] = [];

  const context: CloudContext = {
    account: '000000000000',
    region: 'us-east-1',
    stateDir: folder,
    endpoint: 'http://127.0.0.1:1',
    clock,
    async call(principal, service, operation, input) {
      const action = `${service}:${operation}`;
      calls.push({ principal, action, input });
      if (principal.kind === 'role' && denied.get(principal.roleArn)?.includes(action)) {
        throw new AwsError(
          service === 's3' ? 'AccessDenied' : 'AccessDeniedException',
          `User: ${principal.roleArn} is not authorized to perform: ${action}`,
          403,
        );
      }
      if (action === 'secretsmanager:GetSecretValue') {
        const secret = secrets.get((input as { SecretId: string }).SecretId);
        if (secret === undefined)
          throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
        return { SecretString: secret };
      }
      if (action === 'events:PutEvents') {
        events.push(...(input as { Entries: Record<string, unknown>[] }).Entries);
        return { FailedEntryCount: 0, Entries: [] };
      }
      return s3(operation, input as Record<string, string>);
    },
    credentialsFor: () => ({ accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' }),
    log: () => {},
  };

  function s3(operation: string, { Bucket, Key, Prefix = '' }: Record<string, string>): unknown {
    if (operation === 'ListObjectsV2') {
      const keys = [...objects.keys()].filter((key) => key.startsWith(`${Bucket}/${Prefix}`)).sort();
      return {
        Contents: keys.map((key) => ({ Key: key.slice(Bucket!.length + 1), Size: objects.get(key)!.body.length })),
      };
    }
    const object = objects.get(`${Bucket}/${Key}`);
    if (!object) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    const about = {
      ContentLength: object.body.length,
      ...(object.encoding ? { ContentEncoding: object.encoding } : {}),
    };
    return operation === 'HeadObject' ? about : { ...about, Body: Readable.from([object.body]) };
  }

  return {
    context,
    postgres,
    secrets,
    objects,
    events,
    denied,
    calls,
    put(key, body, { gzip = false, encoding } = {}) {
      const bytes = Buffer.from(body);
      objects.set(key, { body: gzip ? gzipSync(bytes) : bytes, ...(encoding ? { encoding } : {}) });
    },
    async invoke<T>(service: Service, operation: string, input: unknown, principal: Principal = ROLE) {
      const callContext: CallContext = { cloud: context, principal, requestId: 'request' };
      return (await service.operations[operation]!.handle(input, callContext)) as T;
    },
    async sql(database, text, user) {
      const connectionString = user ? postgres.url(user.name, user.password, database) : postgres.adminUrl(database);
      const client = new Client({ connectionString });
      client.on('error', () => {});
      await client.connect();
      try {
        return await client.query(text);
      } finally {
        await client.end();
      }
    },
    async close() {
      await postgres.stop();
      if (!stateDir) rmSync(folder, { recursive: true, force: true });
    },
  };
}
