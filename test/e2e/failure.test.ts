import { DescribeStatementCommand, ExecuteStatementCommand, RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import type { Cloud } from '../../lib/local/cloud';
import { localClientOptions } from '../../lib/operate/local';
import { type FileReading, readFile, tablesOf } from './independent-reading';
import { csvFile, type OrderRow, orderRows } from './order-files';
import {
  createWorkspace,
  type EndedRun,
  failureMails,
  type Mail,
  mails,
  Orders,
  startIn,
  until,
  type Workspace,
} from './orders-cloud';
import { query, readTables } from './tables';

let workspace: Workspace;
let cloud: Cloud;
let orders: Orders;
/** what was published, in the order in which it was */
const published: FileReading[] = [];

beforeAll(async () => {
  workspace = await createWorkspace();
  cloud = await startIn(workspace);
  orders = new Orders(cloud);
  const [key, body] = ['orders/good.csv', csvFile(orderRows({ seed: 21, orders: 30, first: 1000 }))] as const;
  expect(await orders.dropAndRun(key, body)).toMatchObject({ status: 'SUCCEEDED' });
  published.push(readFile(key, body));
  await expectTablesAsPublished();
});
afterAll(async () => {
  orders?.close();
  await cloud?.stop();
  workspace?.remove();
});

async function expectTablesAsPublished(): Promise<void> {
  const { aurora, ...actual } = await readTables(orders);
  const expected = tablesOf(published);
  expect(actual).toEqual(expected);
  expect(aurora).toEqual(expected.orders);
}

const loadLedgers = () =>
  Promise.all(
    Object.values(orders.at.databases).map((url) =>
      query(url, 'SELECT load_key, table_name, generation, rows FROM stepwell_orders.loads ORDER BY 1, 2, 3'),
    ),
  );

/** The run's only mail, once the ledger says that it was sent. */
async function mailOf(run: EndedRun): Promise<Mail> {
  const ledger = await until(async () => {
    const item = await orders.ledger(run.name);
    // Nobody has to look after it any longer: it was told.
    return item?.status === 'FAILED' && item.openPk === undefined ? item : undefined;
  });
  expect(ledger).toMatchObject({ status: 'FAILED', error: { name: run.error } });
  const sent = await until(() => {
    const found = failureMails(workspace.stateDir, run.name);
    return found.length > 0 ? found : undefined;
  });
  expect(sent).toHaveLength(1);
  return sent[0] as Mail;
}

/** Its parts, so that they can be read again. */
async function stagedKeys(run: EndedRun): Promise<string[]> {
  const Bucket = orders.output('Stepwell-Foundation', 'WorkBucketName');
  const { Contents = [] } = await orders.s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: `runs/orders/${run.name}/` }),
  );
  return Contents.map(({ Key = '' }) => Key).sort();
}

const redriveLine = (run: EndedRun) => `aws stepfunctions redrive-execution --execution-arn ${run.arn}`;

async function redrive(run: EndedRun): Promise<EndedRun> {
  await orders.sfn.send(new RedriveExecutionCommand({ executionArn: run.arn }));
  return orders.ended(run.arn);
}

/** How often each state was entered. */
async function entered(run: EndedRun): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { stateEnteredEventDetails } of await orders.history(run.arn)) {
    const name = stateEnteredEventDetails?.name;
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test('a run past the quarantine limit fails before it publishes, and the mail shows the bad rows', async () => {
  const before = [await readTables(orders), await loadLedgers()];
  const bad = (row: OrderRow, index: number) =>
    index % 10 === 3 ? { ...row, lineitem_quantity: `${index} pcs`, notes: 'over\ntwo lines' } : row;
  const rows = orderRows({ seed: 22, orders: 40, first: 2000 }).map(bad);
  const body = csvFile(rows);
  const { rejected, lines } = readFile('x.csv', body);

  const run = await orders.dropAndRun('orders/too many bad.csv', body);

  expect(run).toMatchObject({ status: 'FAILED', error: 'TooManyBadRows' });
  const { subject, text } = await mailOf(run);
  expect(subject).toMatch(/orders failed at .*Extract file of order_export.*TooManyBadRows/);
  expect(text).toContain('Pipeline:  orders\n');
  expect(text).toContain(`Run:       ${run.name}\n`);
  expect(text).toContain('Step:      Extract file of order_export\n');
  // One sentence, with the figures that explain it; the rows stand below.
  const sentence = text.split('\n')[2] ?? '';
  expect(sentence).toMatch(/^\d+ of \d+ rows of s3:.* are bad, the contract allows at most 2 %\.$/);
  expect(sentence).toContain(`${rejected}`);
  expect(sentence).toContain(`${rejected + lines.length}`);
  // Line numbers as an editor shows them, although cells span lines.
  const lineOf = (row: number) => csvFile(rows.slice(0, row)).toString('utf8').split('\n').length;
  const listed = text.matchAll(/^ {2}line (\d+), column lineitem_quantity: '(\d+ pcs)' is not a whole number$/gm);
  expect([...listed].map(([, line, value]) => [Number(line), value])).toEqual(
    [3, 13, 23, 33, 43].map((row) => [lineOf(row), `${row} pcs`]),
  );
  expect(text).toContain('Nothing was published: the target tables are as they were before this run.');
  // A redrive would only fail again.
  expect(text).toMatch(/only after .*, otherwise it fails the same way\n {2}npx stepwell redrive orders /);
  expect(text).toContain(redriveLine(run));
  expect(text).toContain(`npx stepwell redrive orders ${run.name}`);
  expect(text).toMatch(/s3:\/\/\S+\/quarantine\/orders\/order_export\//);
  expect([await readTables(orders), await loadLedgers()]).toEqual(before);
});

test('a run that fails a check publishes nothing, and the mail names the check', async () => {
  const before = [await readTables(orders), await loadLedgers()];
  const rows = orderRows({ seed: 23, orders: 20, first: 3000 });
  const body = csvFile(rows.map((row, index) => (index === 7 ? { ...row, lineitem_quantity: '10001' } : row)));

  const run = await orders.dropAndRun('orders/a check.csv', body);

  expect(run).toMatchObject({ status: 'FAILED', error: 'CheckFailed' });
  const { subject, text } = await mailOf(run);
  expect(subject).toContain('orders failed at Check');
  expect(text).toContain(`Run:       ${run.name}\n`);
  expect(text).toMatch(/Step: {6}Check/);
  expect(text.split('\n')[2]).toMatch(/quantity.*10000.*\.$/);
  expect(text).toContain(redriveLine(run));
  expect(await stagedKeys(run)).toEqual(expect.arrayContaining([expect.stringMatching(/\.parquet$/)]));
  expect([await readTables(orders), await loadLedgers()]).toEqual(before);

  // It fails the same way when nothing was mended, and says so in a mail of its own.
  const again = await redrive(run);
  expect(again).toMatchObject({ status: 'FAILED', error: 'CheckFailed', redriveCount: 1 });
  expect(await entered(run)).toMatchObject({ Admit: 1, Load: 1 });
  const both = await until(() => {
    const found = failureMails(workspace.stateDir, run.name);
    return found.length > 1 ? found : undefined;
  });
  expect(both).toHaveLength(2);
  expect(both[1]?.text).toContain('redriven 1 time');
  expect([await readTables(orders), await loadLedgers()]).toEqual(before);

  // The corrected file under the same key is a new run.
  const corrected = csvFile(rows);
  expect(await orders.dropAndRun('orders/a check.csv', corrected)).toMatchObject({ status: 'SUCCEEDED' });
  published.push(readFile('a check.csv', corrected));
  await expectTablesAsPublished();
});

/** As the administrator in the query editor. */
async function asRedshiftAdmin(Sql: string): Promise<void> {
  const client = localClientOptions(orders.at.endpoint);
  const { SecretList = [] } = await new SecretsManagerClient(client).send(new ListSecretsCommand({}));
  const redshift = new RedshiftDataClient(client);
  const { Id } = await redshift.send(
    new ExecuteStatementCommand({
      WorkgroupName: orders.output('Stepwell-Foundation', 'RedshiftWorkgroupName'),
      Database: 'stepwell',
      SecretArn: SecretList.find(({ Name }) => Name?.endsWith('redshift-admin'))?.ARN,
      Sql,
    }),
  );
  const ended = await until(async () => {
    const statement = await redshift.send(new DescribeStatementCommand({ Id }));
    return /FINISHED|FAILED|ABORTED/.test(statement.Status ?? '') ? statement : undefined;
  });
  expect([ended.Status, ended.Error]).toEqual(['FINISHED', undefined]);
}

test('after a missing table and grant in Redshift were given back, a redrive goes on at the step that failed', async () => {
  const body = csvFile(orderRows({ seed: 24, orders: 25, first: 4000 }));
  // Somebody has moved the table away, and there is no right to make another one.
  await asRedshiftAdmin('ALTER TABLE shop.orders RENAME TO orders_away');
  await asRedshiftAdmin('REVOKE CREATE ON SCHEMA shop FROM stepwell_orders');

  const run = await orders.dropAndRun('orders/a grant.csv', body);

  expect(run.status).toBe('FAILED');
  const { text } = await mailOf(run);
  expect(text).toMatch(/permission denied for schema shop/i);
  expect(text).toContain(redriveLine(run));
  const staged = await stagedKeys(run);
  expect(staged.length).toBeGreaterThan(0);

  await asRedshiftAdmin('ALTER TABLE shop.orders_away RENAME TO orders');
  await asRedshiftAdmin('GRANT CREATE ON SCHEMA shop TO stepwell_orders');
  await expectTablesAsPublished();
  const mended = await redrive(run);

  expect(mended).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
  expect(await entered(run)).toMatchObject({
    Admit: 1,
    Extract: 1,
    'Extract file of order_export': 1,
    Check: 1,
    Publish: 1,
  });
  expect(await stagedKeys(run)).toEqual(expect.arrayContaining(staged));
  published.push(readFile('a grant.csv', body));
  await expectTablesAsPublished();
  expect(await orders.ledger(run.name)).toMatchObject({ status: 'SUCCEEDED' });
  expect(failureMails(workspace.stateDir, run.name)).toHaveLength(1);
  const recovery = await until(() => mails(workspace.stateDir, 'works again', `run ${run.name}`).at(-1));
  expect(recovery.text).toContain('has succeeded: it was redriven.');
});

test('when one target fails to publish after the others have, a redrive publishes to it alone', async () => {
  const { aurora = '' } = orders.at.databases;
  const body = csvFile(orderRows({ seed: 25, orders: 25, first: 5000 }));
  // Between Load and Publish nothing looks at the target's rows: a trigger is what makes only the last step fail.
  await query(
    aurora,
    `CREATE FUNCTION shop.closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the books are closed'; END $$;
     CREATE TRIGGER closed BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.closed()`,
  );

  const run = await orders.dropAndRun('orders/the books.csv', body);

  expect(run.status).toBe('FAILED');
  const { text } = await mailOf(run);
  expect(text).toContain('the books are closed');
  expect(text).toMatch(/^Not published, as they were before this run: postgres:\S+\.$/m);
  expect(text).toMatch(/Step: {6}Publish .*postgres|Step: {6}.*postgres/i);
  await query(aurora, 'DROP TRIGGER closed ON shop.orders; DROP FUNCTION shop.closed()');
  expect(await redrive(run)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });

  published.push(readFile('the books.csv', body));
  await expectTablesAsPublished();
  expect(await entered(run)).toMatchObject({ Admit: 1, Load: 1, Check: 1, Record: 1 });
});
