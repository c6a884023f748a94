import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { AwsError } from '../../../lib/local/service';
import { createSnsService } from '../../../lib/local/services/sns';
import { formatMail } from '../../../lib/local/services/sns/mail';
import { codePoint } from '../../fixtures/any-text';
import { type Call, type TestCloud, testClock, testCloud } from '../cloud';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:alerts';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:q';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f';

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;
let delivered: Call[];
let answer: (call: Call) => unknown;

beforeEach(async () => {
  clock = testClock();
  delivered = [];
  answer = () => ({});
  cloud = await testCloud({
    services: () => [createSnsService()],
    clock,
    other: (call) => {
      delivered.push(call);
      return answer(call);
    },
  });
  await cloud.run('sns', 'CreateTopic', { Name: 'alerts', Attributes: { DisplayName: 'Stepwell, alerts' } });
});
afterEach(() => cloud.stop());

const subscribe = async (Protocol: string, Endpoint: string, Attributes?: object): Promise<string> =>
  (await cloud.run('sns', 'Subscribe', { TopicArn: TOPIC, Protocol, Endpoint, Attributes })).SubscriptionArn;
const publish = async (input: object) => {
  const { MessageId } = await cloud.run('sns', 'Publish', { TopicArn: TOPIC, ...input });
  await clock.advance(0);
  return MessageId;
};

const mails = async () => {
  const folder = join(cloud.stateDir, 'mail');
  const files = (await readdir(folder).catch(() => [])).sort();
  return Promise.all(files.map(async (file) => ({ file, ...parseMail(await readFile(join(folder, file), 'utf8')) })));
};

/** Enough of a mail reader: unfolds headers, decodes encoded words and quoted-printable. */
function parseMail(content: string) {
  const [head = '', ...rest] = content.split('\r\n\r\n');
  const headers = head
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  const body = rest.join('\r\n\r\n').replace(/=\r\n/g, '');
  const bytes = Buffer.from(
    body.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  const decode = (value: string) =>
    value
      .replace(/\?=\s+=\?/g, '?==?')
      .replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, base64) => Buffer.from(base64, 'base64').toString());
  return {
    headers: Object.fromEntries(headers.map(([name, value]) => [name, decode(value)])),
    text: bytes.toString('utf8').replace(/\r\n$/, '').replaceAll('\r\n', '\n'),
  };
}

describe('email', () => {
  const mail = { from: { name: 'A', address: 'a@example.com' }, to: 'b@example.com', sentAt: 0, id: 'x' };

  test('becomes one file for each recipient, as a mail program reads it', async () => {
    await subscribe('email', 'data@example.com');
    await subscribe('email', 'ops/team@example.com');

    const id = await publish({ Subject: 'Run failed: café 😀', Message: 'Größe = 1\nline two' });

    const [first, second] = await mails();
    expect(first?.file).toBe(`2026-01-01T000000.000Z-${id.slice(0, 8)}-data@example.com.eml`);
    expect(second?.file).toContain('-ops_team@example.com.eml');
    expect(first?.headers).toEqual({
      From: '"Stepwell, alerts" <no-reply@sns.amazonaws.com>',
      To: 'data@example.com',
      Subject: 'Run failed: café 😀',
      Date: 'Thu, 01 Jan 2026 00:00:00 +0000',
      'Message-ID': `<${id}@sns.amazonaws.com>`,
      'X-Amz-Sns-Topic-Arn': TOPIC,
      'MIME-Version': '1.0',
      'Content-Type': 'text/plain; charset=UTF-8',
      'Content-Transfer-Encoding': 'quoted-printable',
    });
    expect(first?.text).toMatch(/^Größe = 1\nline two\n\n--\nIf you wish to stop/);
  });

  test('keeps any text, in lines that mail servers accept', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: codePoint, maxLength: 300 }),
        fc.string({ unit: 'grapheme', maxLength: 99 }),
        (text, subject) => {
          fc.pre(!/[\r\n]/.test(subject) && subject.trim() === subject && !subject.includes('=?'));
          const formatted = formatMail({ ...mail, text, subject });
          const parsed = parseMail(formatted);
          expect(parsed.text).toBe(text.replace(/\r\n|\r/g, '\n'));
          expect(parsed.headers.Subject).toBe(subject);
          for (const line of formatted.split('\r\n').slice(0, -1)) expect(line.length).toBeLessThanOrEqual(998);
          expect(formatted).toMatch(/^[\x20-\x7e\r\n\t]*$/);
        },
      ),
    );
  });

  test('a long subject is folded between whole characters, in lines as short as RFC 2047 wants them', () => {
    const subject = '𑂚ࠀ𐀀 ࠀ𐀀𝅘𝅥𝅮 𝅘𝅥𝅮'.repeat(3);
    const formatted = formatMail({
      ...mail,
      subject,
      text: '',
      from: { name: 'Größe '.repeat(9), address: 'a@example.com' },
    });

    const words = formatted.match(/=\?UTF-8\?B\?[^?]*\?=/g)!;
    expect(words.length).toBeGreaterThan(4);
    for (const word of words) expect(parseMail(`X: ${word}\r\n\r\n`).headers.X).not.toContain('\uFFFD');
    for (const line of formatted.split('\r\n').filter((one) => one.includes('=?'))) {
      expect(line.length).toBeLessThanOrEqual(76);
    }
    expect(formatted.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const { headers } = parseMail(formatted);
    expect(headers).toMatchObject({ Subject: subject, From: `${'Größe '.repeat(9)} <a@example.com>` });
  });

  test('a header cannot be smuggled in', () => {
    const formatted = formatMail({
      from: { name: 'A', address: 'a@example.com' },
      to: 'b@example.com\r\nBcc: c@example.com',
      subject: 's',
      text: '',
      sentAt: 0,
      id: 'x',
    });
    expect(formatted).not.toMatch(/^Bcc:/m);
  });
});

describe('queues and functions', () => {
  test('get the notification as JSON, by the topic as source', async () => {
    const subscriptionArn = await subscribe('sqs', QUEUE);
    await subscribe('lambda', FUNCTION);

    const id = await publish({
      Message: 'hello',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'failed' } },
    });

    const [queue, fn] = delivered;
    expect(queue?.principal).toEqual({ kind: 'service', service: 'sns.amazonaws.com', sourceArn: TOPIC });
    expect(JSON.parse(queue?.input.MessageBody)).toEqual({
      Type: 'Notification',
      MessageId: id,
      TopicArn: TOPIC,
      Message: 'hello',
      Timestamp: '2026-01-01T00:00:00.000Z',
      SignatureVersion: '1',
      Signature: expect.any(String),
      SigningCertURL: expect.any(String),
      UnsubscribeURL: expect.stringContaining(encodeURIComponent(subscriptionArn)),
      MessageAttributes: { kind: { Type: 'String', Value: 'failed' } },
    });
    expect(fn?.input).toMatchObject({ FunctionName: FUNCTION, InvocationType: 'Event' });
    expect(JSON.parse(fn?.input.Payload.toString()).Records[0]).toMatchObject({
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      Sns: { MessageId: id, Subject: null, Message: 'hello' },
    });
  });

  test('get the bare message when they ask for it raw', async () => {
    await subscribe('sqs', QUEUE, { RawMessageDelivery: 'true' });

    await publish({
      Message: 'hello',
      MessageAttributes: { b: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) } },
    });

    expect(delivered[0]?.input).toMatchObject({
      MessageBody: 'hello',
      MessageAttributes: { b: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) } },
    });
  });

  test('get their own text of a structured message', async () => {
    await subscribe('sqs', QUEUE, { RawMessageDelivery: 'true' });
    await subscribe('email', 'a@example.com');

    await publish({ MessageStructure: 'json', Message: JSON.stringify({ default: 'd', sqs: 's' }) });

    expect(delivered[0]?.input.MessageBody).toBe('s');
    expect((await mails())[0]?.text).toMatch(/^d\n/);
  });

  test('are tried again, and their dead-letter queue takes what cannot arrive', async () => {
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${QUEUE}-dead` });
    await subscribe('lambda', FUNCTION, { RedrivePolicy });
    let attempts = 0;
    answer = ({ service }) => {
      if (service !== 'lambda') return {};
      throw ++attempts < 3 ? new Error('down') : new AwsError('ResourceNotFoundException', 'gone', 404);
    };

    await publish({ Message: 'hello' });
    await clock.advance(60_000);

    expect(delivered.map(({ service }) => service)).toEqual(['lambda', 'lambda', 'lambda', 'sqs']);
    expect(delivered[3]?.input.QueueUrl).toBe('http://127.0.0.1:4510/000000000000/q-dead');
  });
});

test('what is owed is delivered after a restart', async () => {
  await subscribe('sqs', QUEUE);
  answer = () => {
    throw new Error('down');
  };
  await publish({ Message: 'hello' });

  answer = () => ({});
  await cloud.restart();
  await clock.advance(0);

  expect(delivered).toHaveLength(2);
  expect(delivered[0]?.input).toEqual(delivered[1]?.input);
});

test.each([
  ['an attribute', { FilterPolicy: '{"kind":["failed"],"n":[{"numeric":[">",1]}]}' }, { Message: 'm' }, 'failed', true],
  ['an attribute that differs', { FilterPolicy: '{"kind":["other"]}' }, { Message: 'm' }, 'failed', false],
  ['the body', { FilterPolicy: '{"a":[1]}', FilterPolicyScope: 'MessageBody' }, { Message: '{"a":1}' }, 'x', true],
  [
    'a body that is no JSON',
    { FilterPolicy: '{"a":[1]}', FilterPolicyScope: 'MessageBody' },
    { Message: 'a' },
    'x',
    false,
  ],
])('a filter policy decides by %s', async (_, attributes, input, kind, passes) => {
  await subscribe('sqs', QUEUE, attributes);

  await publish({
    ...input,
    MessageAttributes: { kind: { DataType: 'String', StringValue: kind }, n: { DataType: 'Number', StringValue: '2' } },
  });

  expect(delivered).toHaveLength(passes ? 1 : 0);
});

test('topics and subscriptions can be put again, survive a restart, and go together', async () => {
  const subscriptionArn = await subscribe('email', 'a@example.com');
  expect(await subscribe('email', 'a@example.com')).toBe(subscriptionArn);
  expect(await cloud.run('sns', 'CreateTopic', { Name: 'alerts' })).toEqual({ TopicArn: TOPIC });
  await cloud.run('sns', 'SetTopicAttributes', { TopicArn: TOPIC, AttributeName: 'Policy', AttributeValue: '{}' });
  await cloud.restart();

  expect((await cloud.run('sns', 'GetTopicAttributes', { TopicArn: TOPIC })).Attributes).toMatchObject({
    TopicArn: TOPIC,
    DisplayName: 'Stepwell, alerts',
    Policy: '{}',
    SubscriptionsConfirmed: '1',
  });
  expect(await cloud.run('sns', 'ListSubscriptionsByTopic', { TopicArn: TOPIC })).toEqual({
    Subscriptions: [
      {
        SubscriptionArn: subscriptionArn,
        Owner: '000000000000',
        Protocol: 'email',
        Endpoint: 'a@example.com',
        TopicArn: TOPIC,
      },
    ],
  });
  await cloud.run('sns', 'DeleteTopic', { TopicArn: TOPIC });
  expect(await cloud.run('sns', 'ListSubscriptions')).toEqual({ Subscriptions: [] });
  await expect(publish({ Message: 'm' })).rejects.toMatchObject({ code: 'NotFoundException', status: 404 });
});

test.each([
  ['an empty message', { Message: '' }],
  ['a message that is too long', { Message: 'x'.repeat(262_145) }],
  ['a subject with a line break', { Message: 'm', Subject: 'a\nb' }],
  ['a subject that is too long', { Message: 'm', Subject: 'x'.repeat(100) }],
  ['a structure without default', { Message: '{}', MessageStructure: 'json' }],
])('publishing refuses %s', async (_, input) => {
  await expect(publish(input)).rejects.toThrow();
});

test.each([
  ['a protocol that is not supported', 'https', 'https://example.com'],
  ['an address that is none', 'email', 'example.com'],
])('subscribing refuses %s', async (_, protocol, endpoint) => {
  await expect(subscribe(protocol, endpoint)).rejects.toMatchObject({ code: 'InvalidParameterException' });
});
