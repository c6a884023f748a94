/** A pipeline under watch, while the cloud's clock is put forward by days: what is told, what is in ALARM, and what is right again. */
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { alarmsOf } from '../../lib/operate/alarms';
import { deployed } from '../../lib/operate/connection';
import { watchedOf } from '../../lib/operate/watched';
import { append, bigint, csv, definePipeline, hours, landedFiles, postgres, s3Arrival, sql } from '../../lib/pipeline';
import type { ReconciliationItem } from '../../lib/tasks/reconcile';
import type { WatchItem } from '../../lib/tasks/watch';
import { movedClock } from './moved-clock';
import { mails, until } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const HOUR = 3_600_000;
/** Two hours ago, so that whenever the tests run one deadline passes in their first day and the next at its end. */
const DUE = new Date(Date.now() - 2 * HOUR).getUTCHours();
const DUE_TEXT = `${String(DUE).padStart(2, '0')}:00`;
const EMAIL = { email: ['data@example.com'] };
const pipelineOf = (name: string, more: object) =>
  definePipeline({
    name,
    trigger: s3Arrival(`${name}/*.csv`),
    sources: { lines: landedFiles({ glob: `${name}/*.csv`, format: csv(), columns: { id: bigint() } }) },
    models: { rows: sql.text('SELECT id FROM lines') },
    sinks: [postgres({ model: 'rows', table: `${name}.rows`, write: append() })],
    alerts: EMAIL,
    ...more,
  });

const clock = movedClock();
let pipelines: PipelinesCloud;
let cloudWatch: CloudWatchClient;
let dynamoDb: DynamoDBClient;
beforeAll(async () => {
  pipelines = await startPipelines(
    [
      pipelineOf('fresh', { freshness: { within: hours(26), inputs: { lines: hours(26) } }, reconcile: true }),
      pipelineOf('punctual', { deadline: { by: DUE_TEXT }, dashboard: true }),
    ],
    undefined,
    undefined,
    undefined,
    clock,
  );
  cloudWatch = new CloudWatchClient(pipelines.client);
  dynamoDb = new DynamoDBClient(pipelines.client);
});
afterAll(() => pipelines?.stop());

const subjects = () => told().map(({ subject }) => subject);
const told = (...words: string[]) => mails(pipelines.cloud.context.stateDir, ...words);
const stateOf = async (name: string): Promise<string | undefined> => {
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  );
  return [...MetricAlarms, ...CompositeAlarms][0]?.StateValue;
};
/**
 * Asks until there is an answer. Where none comes for a while, an hour passes: a look that fell between two moments of a clock which is
 * put forward is made up for by the next one, as on AWS.
 */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  let since = Date.now();
  return until(async () => {
    const answer = await ask();
    if (answer === undefined && Date.now() - since > 15_000) {
      clock.moveTo(clock.now() + HOUR);
      since = Date.now();
    }
    return answer;
  });
}
const reaches = (name: string, state: string) =>
  eventually(async () => ((await stateOf(name)) === state ? state : undefined));
const ledger = async <T>(pipeline: string, sk: string): Promise<T | undefined> => {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({
      TableName: pipelines.cloud.outputs['Stepwell-Foundation']!.LedgerTableName!,
      Key: marshall({ pk: `pipeline#${pipeline}`, sk }),
      ConsistentRead: true,
    }),
  );
  return Item && (unmarshall(Item) as T);
};
/** Puts the clock forward by an hour at least, and waits until both have been looked at since. */
const moveTo = async (time: number) => {
  clock.moveTo(time);
  for (const name of ['fresh', 'punctual']) {
    await eventually(async () => {
      const { lookedAt = '' } = (await ledger<WatchItem>(name, 'watch')) ?? {};
      return Date.parse(lookedAt) >= time ? true : undefined;
    });
  }
};
const nextDeadline = (): number => {
  const today = new Date(clock.now()).setUTCHours(DUE, 0, 0, 0);
  return today > clock.now() ? today : today + 24 * HOUR;
};

test('a deploy looks at once: nothing is wrong, and no alarm lacks its data', async () => {
  for (const name of ['stepwell-fresh-problems', 'stepwell-fresh-unwatched', 'stepwell-punctual-problems'])
    await reaches(name, 'OK');
  await reaches('stepwell-any-pipeline', 'OK');
  expect(subjects()).toEqual([]);
});

test('a pipeline that never starts is noticed, one state shows it, and its first run makes it right again', async () => {
  await moveTo(clock.now() + 14 * HOUR);
  await reaches('stepwell-fresh-problems', 'OK');
  await moveTo(clock.now() + 13 * HOUR);
  await reaches('stepwell-fresh-problems', 'ALARM');
  await reaches('stepwell-any-pipeline', 'ALARM');
  const [table] = told('Either no run starts', 'fresh has published nothing into postgres:fresh.rows');
  expect(table).toMatchObject({ text: expect.stringContaining('npx stepwell runs fresh') });
  expect(told('no file of lines has come')).toHaveLength(1);
  // As `alarms` and `pipelines` show it.
  const connection = { client: pipelines.client, target: { kind: 'local', endpoint: '', stateDir: '' } } as const;
  const [first, ...others] = await alarmsOf(connection, 'fresh');
  expect(first).toMatchObject({ name: 'stepwell-fresh-problems', state: 'ALARM' });
  expect(others.every(({ name }) => name.startsWith('stepwell-fresh-'))).toBe(true);
  const { problems, tables, inputs } = await watchedOf(connection, await deployed(connection), 'fresh');
  expect({ tables, inputs }).toEqual({ tables: [], inputs: [] });
  expect(problems).toHaveLength(2);

  expect(await pipelines.drop('fresh', 'fresh/a.csv', 'id\n1\n')).toMatchObject({ status: 'SUCCEEDED' });
  await moveTo(clock.now() + HOUR);
  await reaches('stepwell-fresh-problems', 'OK');
  expect(subjects().filter((one) => one.includes('fresh is fresh again'))).toHaveLength(2);
  // Each was told once, however often it was looked at.
  expect(subjects().filter((one) => one.includes('fresh has published nothing'))).toHaveLength(1);
  // The night lay between: the load ledger was compared.
  const compared = await eventually(() => ledger<ReconciliationItem>('fresh', 'reconciliation'));
  expect(compared).toMatchObject({ differences: 0 });
});

test('a deadline that is missed is told when it is over, not an hour later', async () => {
  // The first is not whole: the pipeline was deployed after the one before it.
  const deadline = nextDeadline();
  await moveTo(deadline - HOUR);
  expect(subjects().filter((one) => one.includes('deadline'))).toEqual([]);
  clock.moveTo(deadline + 1000);
  await until(() => subjects().find((one) => one.includes('punctual has missed its deadline')));
  // What is remembered of a look is written after its mails.
  const looked = await until(async () => {
    const item = await ledger<WatchItem>('punctual', 'watch');
    return item?.lookedAt?.includes(`T${DUE_TEXT}:`) ? item : undefined;
  });
  expect(looked.problems).toMatchObject([{ kind: 'deadline' }]);
  await reaches('stepwell-punctual-problems', 'ALARM');
});

test('a run whose execution is gone is told of', async () => {
  const runId = 'deadbeef-0000-4000-8000-000000000000';
  const at = (ms: number) => new Date(clock.now() + ms).toISOString();
  await dynamoDb.send(
    new PutItemCommand({
      TableName: pipelines.cloud.outputs['Stepwell-Foundation']!.LedgerTableName!,
      Item: marshall({
        pk: 'pipeline#fresh',
        sk: `run#${runId}`,
        pipeline: 'fresh',
        runId,
        executionArn: `arn:aws:states:us-east-1:000000000000:execution:stepwell-fresh:${runId}`,
        status: 'RUNNING',
        startedAt: at(-HOUR),
        openPk: 'run',
        // By the clock of the sweeper, which is the machine's.
        dueAt: new Date(Date.now() - HOUR).toISOString(),
      }),
    }),
  );
  // The sweeper finds out, and the next look tells.
  clock.moveTo(clock.now() + 6 * 60_000);
  await until(async () => {
    const run = await ledger<{ status: string }>('fresh', `run#${runId}`);
    return run?.status === 'FAILED' ? true : undefined;
  });
  await moveTo(clock.now() + HOUR);
  expect(subjects().filter((one) => one.includes('the execution of run deadbeef is gone'))).toHaveLength(1);
});
