/** The Redshift dialect, case by case (case.ts says what a case is), on the local cloud or with `REMOTE=1` on AWS (data-client.ts says with what). */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeStatementCommand,
  ExecuteStatementCommand,
  GetStatementResultCommand,
} from '@aws-sdk/client-redshift-data';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { connect, type DataContract } from '../data-client';
import { parseCase, type Step } from './case';

let contract: DataContract;
beforeAll(async () => {
  contract = await connect();
});
afterAll(() => contract.close());

const folder = join(__dirname, 'cases');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.sql'))
  .sort();

test.each(files)('%s', async (file) => {
  const schema = `case_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  const prefix = `contract/${schema}`;
  const place = (text: string) =>
    text
      .replaceAll('{schema}', schema)
      .replaceAll('{bucket}', contract.bucket)
      .replaceAll('{role}', contract.role)
      .replaceAll('{prefix}', prefix);
  const session = await newSession(schema);

  const got: unknown[] = [];
  const expected: unknown[] = [];
  for (const step of parseCase(readFileSync(join(folder, file), 'utf8'))) {
    const { line } = step;
    if (step.kind === 'sql') {
      const outcome = await run(session, place(step.sql));
      got.push({ line, ...('error' in outcome ? outcome : 'rows' in step ? outcome : {}) });
      expected.push({ line, ...expectation(step, place) });
    } else if (step.kind === 'put') {
      await contract.s3.send(
        new PutObjectCommand({ Bucket: contract.bucket, Key: `${prefix}/${step.key}`, Body: place(step.body) }),
      );
    } else {
      const { Body } = await contract.s3.send(
        new GetObjectCommand({ Bucket: contract.bucket, Key: `${prefix}/${step.key}` }),
      );
      got.push({ line, body: await Body!.transformToString() });
      expected.push({ line, body: place(step.body) });
    }
  }
  await run(session, 'ROLLBACK');
  // The session's last statement.
  await execute({ SessionId: session, Sql: `DROP SCHEMA ${schema} CASCADE`, SessionKeepAliveSeconds: 0 });

  expect(got).toEqual(expected);
});

function expectation(step: Extract<Step, { kind: 'sql' }>, place: (text: string) => string): object {
  if (step.error !== undefined) return { error: expect.stringContaining(place(step.error)) };
  return 'rows' in step ? { rows: JSON.parse(place(JSON.stringify(step.rows))) as unknown } : {};
}

async function newSession(schema: string): Promise<string> {
  const first = await execute({
    ...contract.redshift,
    Sql: `CREATE SCHEMA ${schema}`,
    SessionKeepAliveSeconds: 60,
  });
  await run(first.SessionId!, `SET search_path TO ${schema}`);
  return first.SessionId!;
}

async function run(SessionId: string, Sql: string): Promise<{ rows: unknown[][] } | { error: string }> {
  const { Id, Status, HasResultSet } = await execute({ SessionId, Sql });
  if (Status !== 'FINISHED') {
    const { Error: error = '' } = await contract.redshiftData.send(new DescribeStatementCommand({ Id }));
    return { error };
  }
  if (!HasResultSet) return { rows: [] };
  const { Records } = await contract.redshiftData.send(new GetStatementResultCommand({ Id }));
  return { rows: Records!.map((row) => row.map((field) => (field.isNull ? null : Object.values(field)[0]))) };
}

/** Runs a statement to its end. */
async function execute(input: ConstructorParameters<typeof ExecuteStatementCommand>[0]) {
  const { Id, SessionId, ...first } = await contract.redshiftData.send(
    new ExecuteStatementCommand({ ...input, WaitTimeSeconds: 20 }),
  );
  let Status: string | undefined = first.Status;
  let { HasResultSet } = first;
  while (!['FINISHED', 'FAILED', 'ABORTED'].includes(Status!)) {
    ({ Status, HasResultSet } = await contract.redshiftData.send(
      new DescribeStatementCommand({ Id, WaitTimeSeconds: 20 }),
    ));
  }
  return { Id, SessionId, Status, HasResultSet };
}
