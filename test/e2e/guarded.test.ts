/** Checks, drift and personal data through a whole pipeline: what the ledger, the mail, the quarantine and the tables have of them. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  csv,
  decimal,
  definePipeline,
  foreignKey,
  integer,
  key,
  landedFiles,
  matches,
  merge,
  postgres,
  quarantine,
  s3Arrival,
  sql,
  text,
  volume,
} from '../../lib/pipeline';
import { mails, until } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const guarded = definePipeline({
  name: 'guarded',
  trigger: s3Arrival('people/*.csv'),
  sources: {
    people: landedFiles({
      glob: 'people/*.csv',
      format: csv(),
      columns: {
        email: key.text(60).pii('hash'),
        phone: text(20).pii('mask'),
        boss: text(60).pii('hash'),
        score: decimal(6, 2),
        age: integer(),
      },
      onDrift: { newColumns: 'evolve', changedTypes: 'fail' },
      onBadRow: quarantine({ maxCount: 5 }),
    }),
  },
  models: { everyone: sql.text('SELECT * FROM people') },
  sinks: [postgres({ model: 'everyone', table: 'guarded.everyone', write: merge('email') })],
  checks: [
    volume('everyone', { last: 5, within: 0.5 }),
    matches('everyone', 'email', /^[0-9a-f]{64}$/),
    foreignKey('everyone', 'boss', { model: 'everyone', columns: 'email' }, { severity: 'warn' }),
  ],
  alerts: { email: ['data@example.com'] },
});

const KEY = '0123456789abcdef0123456789abcdef';
/** Part of all that is personal here. */
const PERSONAL = 'zyxw';
const hash = (value: string) => createHmac('sha256', KEY).update(value).digest('hex');
const email = (n: number) => `${PERSONAL}${n}@example.com`;
const person = (n: number, boss = n) => `${email(n)},${PERSONAL}-555-${n},${email(boss)},${n}.5,${20 + n}`;
const file = (rows: readonly string[], header = 'email,phone,boss,score,age') => `${[header, ...rows].join('\n')}\n`;
const people = (from: number, count: number) => Array.from({ length: count }, (_, n) => person(from + n));

let folder: string;
let cloud: PipelinesCloud;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepwell-guarded-'));
  cloud = await startPipelines([guarded], undefined, folder);
  await cloud.putSecret('guarded-pii', { key: KEY });
});
afterAll(async () => {
  await cloud?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const drop = (name: string, body: string) => cloud.drop('guarded', `people/${name}.csv`, body);

// biome-ignore lint/suspicious/noExplicitAny: as the ledger has it
async function runItem(name: string): Promise<any> {
  const client = new DynamoDBClient(cloud.client);
  try {
    const table = Object.values(cloud.cloud.outputs).find(({ LedgerTableName }) => LedgerTableName)!.LedgerTableName!;
    const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
    return Items.map((item) => unmarshall(item)).find(
      ({ sk, objects }) => String(sk).startsWith('run#') && objects?.[0]?.key === `people/${name}.csv`,
    );
  } finally {
    client.destroy();
  }
}

test('rows arrive by their hashes; the first runs say that there is nothing to compare them with', async () => {
  const first = await drop('1', file(people(0, 10)));
  const bad = await drop(
    '2',
    file([...people(10, 9), person(19, 900), `${email(20)},${PERSONAL},,many,1`, `${email(21)},x`]),
  );
  const third = await drop(
    '3',
    file(
      [...people(30, 10)].map((row) => `${row},yes`),
      'email,phone,boss,score,age,vip',
    ),
  );

  expect(first).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      rows: 10,
      warnings: [],
      notes: ['volume(everyone): no earlier run to compare with; it is judged once there are 3.'],
    },
  });
  expect(bad).toMatchObject({ status: 'SUCCEEDED', output: { rows: 10, rejected: 2 } });
  expect(bad.output.warnings).toEqual([
    expect.stringMatching(
      /^everyone: boss must be in everyone \(email\), but 1 of 10 rows violates this, e\.g\. email='[0-9a-f]{60}…'/,
    ),
  ]);
  expect(third.output.notes[0]).toBe("Source people has new columns, which go on as text: 'vip' (boolean).");
  expect(await cloud.query('aurora', "SELECT phone, score FROM guarded.everyone WHERE vip = 'yes' LIMIT 1")).toEqual([
    { phone: '***', score: expect.any(String) },
  ]);
  expect(await cloud.query('aurora', `SELECT age FROM guarded.everyone WHERE email = '${hash(email(3))}'`)).toEqual([
    { age: '23' },
  ]);
  expect((await cloud.rejects('guarded', 'people/2.csv')).map(({ line, reason, raw }) => [line, reason, raw])).toEqual([
    [12, "'many' is not a decimal number", '***,***,,many,1'],
    [13, 'the record has 2 fields, the header has 5', expect.stringContaining('withheld')],
  ]);
});

test('a run of a quarter of the rows is stopped; ledger and mail say what each check found', async () => {
  const run = await drop('4', file(people(50, 2)));

  expect(run).toMatchObject({ status: 'FAILED', error: 'CheckFailed' });
  const item = await until(async () => {
    const found = await runItem('4');
    return found?.status === 'FAILED' && found.checks ? found : undefined;
  });
  expect(item.checks).toEqual([
    {
      check: 'volume(everyone)',
      severity: 'error',
      outcome: 'failed',
      rule: 'the number of rows must be within 50 % of 10, the median of the last 3 runs',
      value: '2',
    },
    expect.objectContaining({ check: 'matches(everyone.email)', outcome: 'passed', bad: 0 }),
    expect.objectContaining({ check: 'foreignKey(everyone.boss in everyone)', severity: 'warn', outcome: 'passed' }),
    expect.objectContaining({ check: 'notNull(everyone.email)', outcome: 'passed' }),
  ]);
  const mail = await until(() => mails(join(folder, 'state'), item.runId)[0]);
  expect(mail.text).toContain('The checks that failed (3 passed):');
  expect(mail.text).toMatch(/error {2}volume\(everyone\): the number of rows must be within 50 % of 10, .*; found 2/);
  expect(await cloud.query('aurora', `SELECT 1 FROM guarded.everyone WHERE email = '${hash(email(50))}'`)).toEqual([]);
});

test('a column of another type is told before anything is loaded, and by mail', async () => {
  const rows = Array.from({ length: 12 }, (_, n) => `${email(60 + n)},,,n/a,1`);
  const run = await drop('5', file(rows));

  expect(run).toMatchObject({
    error: 'ContractDrift',
    message: expect.stringContaining("changed: 'score' from decimal(6,2) to text, e.g. 'n/a'. Correct the file"),
  });
  const item = await until(async () => {
    const found = await runItem('5');
    return found?.status === 'FAILED' ? found : undefined;
  });
  const mail = await until(() => mails(join(folder, 'state'), item.runId)[0]);
  expect(mail.text).toContain("changed: 'score' from decimal(6,2) to text, e.g. 'n/a'.");
});

test('no personal data is anywhere but in the files that landed', () => {
  const found = filesIn(join(folder, 'state')).filter((path) => readFileSync(path).includes(PERSONAL));

  // The five files as they landed, and no other.
  expect(found.map((path) => readFileSync(path, 'utf8').slice(0, 11))).toEqual(Array(5).fill('email,phone'));
});

function filesIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const child = join(path, entry.name);
    if (entry.isDirectory()) return filesIn(child);
    return entry.isFile() ? [child] : [];
  });
}
