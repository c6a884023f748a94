import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type AlertChannels, type DeliverServices, deliverAlert } from '../../../lambdas/deliver-alert/deliver';
import { post } from '../../../lambdas/deliver-alert/post';
import type { Alert } from '../../../lib/tasks/alert';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

let cloud: LambdaCloud;
let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
let posted: { headers: IncomingMessage['headers']; body: Record<string, unknown> }[];
let published: PublishCommand['input'][];
let waits: number[];
let metrics: number;
let alerts = 0;

beforeAll(async () => {
  cloud = await startLambdaCloud();
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    posted.push({ headers: request.headers, body: JSON.parse(body) });
    answer(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/hunter2`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cloud.close();
});
beforeEach(() => {
  alerts += 1;
  posted = [];
  published = [];
  waits = [];
  metrics = 0;
  answer = (_, response) => response.end('ok');
});

const failure = (more: Partial<Alert> = {}): Alert => ({
  kind: 'failure',
  severity: 'error',
  pipeline: 'orders',
  runId: 'run-1',
  title: 'orders failed at Check: CheckFailed',
  lines: ['order_id is NULL in 3 rows of <script>, & more.'],
  command: 'npx stepwell redrive orders run-1',
  link: 'https://example.com/run-1',
  dedupeKey: `run-${alerts}#0`,
  ...more,
});
const message = (alert: object, Subject = 'a subject') => ({
  MessageId: `m${alerts}`,
  Subject,
  Message: JSON.stringify(alert),
});

const CHANNELS: AlertChannels = {
  slack: { kinds: ['failure', 'recovery'] },
  webhook: { secret: 'team-chat', format: 'slack', kinds: ['failure', 'alarm'] },
};
type Changes = Partial<DeliverServices> & { readonly address?: string };

const services = ({ address, ...more }: Changes = {}): DeliverServices => ({
  channels: CHANNELS,
  ledger: cloud.ledger,
  requestId: 'request-1',
  now: Date.now,
  sns: {
    send: async ({ input }: PublishCommand) => {
      published.push(input);
      return {};
    },
  } as unknown as SNSClient,
  slackTopicArn: 'arn:slack',
  secrets: { read: async () => ({ url: address ?? url }) },
  metric: (_, value) => {
    metrics += value;
  },
  withinMs: 60_000,
  post: (one) => post({ ...one, sleep: async (ms) => waits.push(ms) }),
  ...more,
});

test('Slack gets the schema of Amazon Q Developer, the webhook a message of Slack, each once', async () => {
  expect(await deliverAlert('orders', message(failure()), services())).toEqual(['slack', 'webhook']);
  expect(await deliverAlert('orders', message(failure()), services({ requestId: 'again' }))).toEqual([]);

  expect(published).toEqual([
    {
      TopicArn: 'arn:slack',
      Subject: '[Stepwell] orders failed at Check: CheckFailed',
      Message: JSON.stringify({
        version: '1.0',
        source: 'custom',
        id: `m${alerts}`,
        content: {
          textType: 'client-markdown',
          title: ':red_circle: orders failed at Check: CheckFailed',
          description: 'order_id is NULL in 3 rows of &lt;script&gt;, &amp; more.',
          nextSteps: ['`npx stepwell redrive orders run-1`'],
          keywords: ['orders', 'error', 'failure'],
        },
        metadata: {
          threadId: 'orders-run-1',
          summary: 'orders failed at Check: CheckFailed',
          eventType: 'stepwell-failure',
          relatedResources: ['https://example.com/run-1'],
          additionalContext: { pipeline: 'orders', kind: 'failure', severity: 'error', runId: 'run-1' },
        },
      }),
    },
  ]);
  expect(posted).toHaveLength(1);
  expect(posted[0]!.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(posted[0]!.body).toEqual({
    text: [
      ':red_circle: *orders failed at Check: CheckFailed*',
      'order_id is NULL in 3 rows of &lt;script&gt;, &amp; more.',
      '```npx stepwell redrive orders run-1```',
      '<https://example.com/run-1|In the console>',
    ].join('\n'),
    unfurl_links: false,
    unfurl_media: false,
  });
});

test('a channel hears of the kinds that it wants', async () => {
  expect(await deliverAlert('orders', message(failure({ kind: 'recovery' })), services())).toEqual(['slack']);
  expect(await deliverAlert('orders', message(failure({ kind: 'late-input' })), services())).toEqual([]);
});

test('an alarm reads as an alert, and goes to the webhook alone: Slack has it from CloudWatch', async () => {
  const alarm = {
    AlarmName: 'stepwell-orders-throttled',
    AlarmDescription: 'Step Functions throttles orders: runs go on, but late.',
    NewStateValue: 'ALARM',
    NewStateReason: 'Threshold Crossed',
    StateChangeTime: `2026-03-05T01:00:0${alerts % 10}.000+0000`,
    AlarmArn: 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:stepwell-orders-throttled',
  };
  expect(await deliverAlert('orders', message(alarm), services())).toEqual(['webhook']);
  expect(posted[0]!.body.text).toBe(
    [
      ':red_circle: *orders: the alarm stepwell-orders-throttled has gone off*',
      'Step Functions throttles orders: runs go on, but late.',
      'Threshold Crossed',
      '<https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/stepwell-orders-throttled|In the console>',
    ].join('\n'),
  );
});

test('what somebody else publishes there is told as it is', async () => {
  const given = { MessageId: `by-hand-${alerts}`, Subject: 'Maintenance', Message: 'From 22:00\nuntil 23:00' };
  await deliverAlert('orders', given, services());
  expect(posted[0]!.body.text).toBe(':red_circle: *Maintenance*\nFrom 22:00\nuntil 23:00');
});

test('Teams gets a card whose text is no markup, others the alert as it is', async () => {
  const of = (format: 'teams' | 'json'): AlertChannels => ({
    webhook: { secret: 'team-chat', format, kinds: ['failure'] },
  });
  await deliverAlert(
    'orders',
    message(failure({ lines: ['[x](http://evil) *bold*', '', 'b'] })),
    services({ channels: of('teams') }),
  );
  expect(posted[0]!.body).toMatchObject({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { text: 'orders failed at Check: CheckFailed', color: 'Attention' },
            { text: '\\[x\\](http://evil) \\*bold\\*' },
            { text: 'b' },
            { text: 'npx stepwell redrive orders run-1', fontType: 'Monospace' },
          ],
          actions: [{ type: 'Action.OpenUrl', title: 'In the console', url: 'https://example.com/run-1' }],
        },
      },
    ],
  });

  const other = failure({ mail: 'a long text', dedupeKey: `json-${alerts}` });
  await deliverAlert('orders', message(other), services({ channels: of('json') }));
  const { mail: _, ...document } = other;
  expect(posted[1]!.body).toEqual({ version: '1.0', source: 'stepwell', ...document });
});

test('messages keep within the limits, and cut no character, no escape and no command', async () => {
  const long = failure({
    title: `orders failed: ${'😀&'.repeat(300)}`,
    lines: Array.from({ length: 400 }, (_, n) => `${n}: ${'<&>'.repeat(20)}`),
    command: `npx stepwell redrive orders ${'x'.repeat(400)}`,
  });
  await deliverAlert('orders', message(long), services());

  const { content, metadata } = JSON.parse(published[0]!.Message!);
  expect(content.title.length).toBeLessThanOrEqual(250);
  expect(content.title).toMatch(/(😀|&amp;)…$/u);
  expect(content.description.length).toBeLessThanOrEqual(4_000);
  expect(content).not.toHaveProperty('nextSteps');
  expect(metadata.summary.length).toBeLessThanOrEqual(300);
  const text = posted[0]!.body.text as string;
  expect(text.length).toBeLessThanOrEqual(4_000);
  expect(text.replaceAll(/&(amp|lt|gt);/g, '')).not.toContain('&');
});

describe('a webhook that', () => {
  test('is throttled is tried again when it says', async () => {
    answer = (_, response) => {
      if (posted.length > 2) response.end('ok');
      else response.writeHead(429, { 'retry-after': posted.length === 1 ? '7' : '0' }).end();
    };
    expect(await deliverAlert('orders', message(failure()), services())).toContain('webhook');
    expect(waits).toEqual([7_000, 0]);
    expect(posted).toHaveLength(3);
  });

  test('asks for more time than there is, is left to the retry of the invocation', async () => {
    answer = (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end();
    await expect(deliverAlert('orders', message(failure()), services())).rejects.toThrow(
      'The webhook of the secret stepwell/team-chat answers 429',
    );
    expect(waits).toEqual([]);
    expect(metrics).toBe(1);
    answer = (_, response) => response.end('ok');
    // Slack has heard already.
    expect(await deliverAlert('orders', message(failure()), services())).toEqual(['webhook']);
    expect(published).toHaveLength(1);
  });

  test('fails now and then is tried again, at growing distances', async () => {
    answer = (_, response) => response.writeHead(posted.length < 4 ? 503 : 200).end();
    await deliverAlert('orders', message(failure()), services());
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  test.each([
    [404, 'no_service'],
    [403, 'invalid_token'],
    [400, 'invalid_payload'],
    [302, ''],
  ])('answers %s is not asked again: the error says what to do, and not the address', async (status, text) => {
    answer = (_, response) => response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(text);
    const failing = deliverAlert('orders', message(failure()), services());
    await expect(failing).rejects.toThrow(
      `The webhook of the secret stepwell/team-chat answers ${status}${text === '' ? '' : `: ${text}`}. See in the chat whether the webhook is still there, and set its address in the secret`,
    );
    await expect(failing).rejects.not.toThrow(/hunter2|127\.0\.0\.1/);
    expect(posted).toHaveLength(1);
    expect(metrics).toBe(1);
  });

  test('is not there: Slack hears all the same', async () => {
    const failing = deliverAlert('orders', message(failure()), services({ address: 'http://127.0.0.1:1/hunter2' }));
    await expect(failing).rejects.toThrow('The webhook of the secret stepwell/team-chat cannot be reached');
    await expect(failing).rejects.not.toThrow(/hunter2/);
    expect(waits).toHaveLength(3);
    expect(published).toHaveLength(1);
  });

  test('does not answer is given up after three seconds', async () => {
    answer = () => {};
    const failing = deliverAlert('orders', message(failure()), services({ withinMs: 0 }));
    await expect(failing).rejects.toThrow('does not answer within 3 s');
    server.closeAllConnections();
  });

  test.each(['http://example.com/x', 'ftp://example.com', 'team chat', ''])(
    'has the address %j is refused',
    async (address) => {
      await expect(deliverAlert('orders', message(failure()), services({ address }))).rejects.toThrow(
        address === '' ? 'The secret stepwell/team-chat has no url' : 'has no https address',
      );
    },
  );

  test('answers with a page without end has it read no further than its start', async () => {
    answer = (_, response) => {
      response.writeHead(500);
      const write = () => {
        while (response.writable && response.write('x'.repeat(16_384)));
        response.once('drain', write);
      };
      write();
    };
    await expect(deliverAlert('orders', message(failure()), services({ withinMs: 0 }))).rejects.toThrow('answers 500');
    server.closeAllConnections();
  });
});
