/** Who is told of a pipeline's ends, through real topics, filters and functions: mails, Slack's topic, and a webhook that is well, slow or down. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  append,
  csv,
  definePipeline,
  integer,
  key,
  lake,
  landedFiles,
  quarantine,
  rowCount,
  s3Arrival,
  sql,
} from '../../lib/pipeline';
import { type Mail, mails, until } from './orders-cloud';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';

const notes = definePipeline({
  name: 'notes',
  trigger: s3Arrival('notes/*.csv'),
  sources: {
    lines: landedFiles({
      glob: 'notes/*.csv',
      format: csv(),
      columns: { id: key.bigint(), stars: integer() },
      onBadRow: quarantine({ maxCount: 2 }),
    }),
  },
  models: { notes: sql.text('SELECT id, stars FROM lines') },
  sinks: [lake({ model: 'notes', table: 'notes', partitionBy: [], write: append() })],
  checks: [rowCount('notes', { min: 3, severity: 'warn' })],
  alerts: {
    email: [
      'all@example.com',
      { to: 'oncall@example.com', for: ['error'] },
      { to: 'boss@example.com', for: ['success', 'recovery'] },
    ],
    slack: {},
    webhook: { secret: 'team-chat', for: ['error', 'recovery', 'quarantine'] },
  },
});

let folder: string;
let cloud: PipelinesCloud;
let server: Server;
let answer: (response: ServerResponse) => void = (response) => response.end('ok');
const posted: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepwell-alerts-'));
  cloud = await startPipelines([notes], undefined, folder);
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    posted.push((JSON.parse(body) as { text: string }).text);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await cloud.putSecret('team-chat', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hunter2` });
  const sns = new SNSClient(cloud.client);
  // In place of Amazon Q.
  await sns.send(
    new SubscribeCommand({
      TopicArn: 'arn:aws:sns:us-east-1:000000000000:stepwell-notes-slack',
      Protocol: 'email',
      Endpoint: 'slack@example.com',
    }),
  );
  sns.destroy();
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await cloud?.cloud.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const file = (...rows: string[]) => `${['id,stars', ...rows].join('\n')}\n`;
const drop = (name: string, ...rows: string[]) => cloud.drop('notes', `notes/${name}.csv`, file(...rows));

/** The mails to an address with these words, once there are that many. */
async function mailsTo(address: string, word: string, count = 1): Promise<Mail[]> {
  return until(() => {
    const found = mails(join(folder, 'state'), word).filter(({ to }) => to === address);
    return found.length >= count ? found : undefined;
  });
}
const subjectsTo = (address: string) =>
  mails(join(folder, 'state'))
    .filter(({ to }) => to === address)
    .map(({ subject }) => subject);

const postedWith = (word: string) => until(() => posted.find((text) => text.includes(word)));

/** The latest message to the topic of Slack. */
async function slackWith(word: string, count = 1) {
  const found = await mailsTo('slack@example.com', word, count);
  return JSON.parse(found.at(-1)!.text.split('\n\n--\n')[0]!);
}

test('a failure is told by mail, in Slack and by the webhook, to those who want failures', async () => {
  expect(await drop('bad', '1,x', '2,y', '3,z')).toMatchObject({ status: 'FAILED', error: 'TooManyBadRows' });

  const title = 'notes failed at Extract file of lines: TooManyBadRows';
  const [mail] = await mailsTo('all@example.com', title);
  expect(mail!.text).toContain('3 of 3 rows of ');
  await mailsTo('oncall@example.com', title);
  const text = await postedWith(title);
  expect(text).toMatch(/^:red_circle: \*notes failed at Extract file of lines: TooManyBadRows\*\n3 of 3 rows /);
  expect(text).toMatch(/```npx stepwell redrive notes [0-9a-f_-]+```/);
  expect(await slackWith(title)).toMatchObject({
    version: '1.0',
    source: 'custom',
    content: { textType: 'client-markdown', keywords: ['notes', 'error', 'failure'] },
    metadata: { eventType: 'stepwell-failure' },
  });
  expect(subjectsTo('boss@example.com')).toEqual([]);
});

test('the next success is told as a recovery; bad rows and warnings in one message; the success to whom wants it', async () => {
  expect(await drop('good', '4,5', '5,nought')).toMatchObject({ status: 'SUCCEEDED' });

  const [recovery] = await mailsTo('boss@example.com', 'notes works again, after');
  expect(recovery!.text).toContain('TooManyBadRows at Extract file of lines');
  await mailsTo('boss@example.com', 'notes has loaded 1 row');
  const [warning] = await mailsTo('all@example.com', 'notes has put 1 bad row of 2 into quarantine, and 1 check warns');
  expect(warning!.text).toContain('  1 row, column stars: … is not a whole number\n      line 3 of notes/good.csv\n');
  expect(warning!.text).toMatch(/rowCount\(notes\).*; found 1/);
  expect(warning!.text).not.toContain('nought');
  await postedWith('notes works again, after');
  await postedWith('notes has put 1 bad row');
  await slackWith('notes has put 1 bad row');
  // Half of the rows are bad: an alarm of that, which reaches by its own topic those who want some kinds only.
  await mailsTo('oncall@example.com', 'stepwell-notes-quarantine-rate');
  await postedWith('notes: the alarm stepwell-notes-quarantine-rate has gone off');
  expect(subjectsTo('oncall@example.com')).toEqual([
    '[Stepwell] notes failed at Extract file of lines: TooManyBadRows',
    'ALARM: "stepwell-notes-quarantine-rate" in us-east-1',
  ]);
  expect(subjectsTo('boss@example.com')).toHaveLength(2);
});

test('a webhook that is down, or does not answer, hinders neither a run nor a mail, and shows in a metric', async () => {
  answer = () => {};
  posted.length = 0;
  expect(await drop('worse', '1,x', '2,y', '3,z')).toMatchObject({ status: 'FAILED' });
  await mailsTo('oncall@example.com', 'notes failed', 2);
  await slackWith('notes failed', 2);
  await postedWith('notes failed');
  answer = (response) => response.writeHead(410).end('gone');
  expect(await drop('better', '6,1', '7,2', '8,3')).toMatchObject({ status: 'SUCCEEDED' });
  await mailsTo('boss@example.com', 'notes works again', 2);

  const cloudWatch = new CloudWatchClient(cloud.client);
  await until(async () => {
    const { Datapoints = [] } = await cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'Stepwell',
        MetricName: 'AlertsUndelivered',
        Dimensions: [{ Name: 'pipeline', Value: 'notes' }],
        StartTime: new Date(Date.now() - 3_600_000),
        EndTime: new Date(Date.now() + 3_600_000),
        Period: 7_200,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints.some(({ Sum = 0 }) => Sum > 0) ? true : undefined;
  });
  cloudWatch.destroy();
});
