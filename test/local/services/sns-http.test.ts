/** Addresses as subscribers: asked to confirm, then told. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { createSnsService } from '../../../lib/local/services/sns';
import { type Aws, connect, eventually } from '../../contract/aws';

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let aws: Aws;
let sns: SNSClient;
let server: Server;
let endpoint: string;
let got: Got[];
let status: number;

beforeAll(async () => {
  aws = await connect(() => [createSnsService()]);
  sns = new SNSClient(aws.config);
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    got.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
beforeEach(() => {
  got = [];
  status = 200;
});
afterAll(async () => {
  sns.destroy();
  server.closeAllConnections();
  server.close();
  await aws.close();
});

const received = async (count: number): Promise<readonly Got[]> =>
  eventually(
    async () => got,
    (all) => all.length >= count,
  );

async function subscribed(name: string) {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: endpoint }));
  const [asked] = await received(1);
  return { TopicArn, SubscriptionArn, asked: asked as Got, confirmation: JSON.parse((asked as Got).body) };
}

test('an address gets nothing until it has given the token back', async () => {
  const { TopicArn, SubscriptionArn, asked, confirmation } = await subscribed('confirmed');
  expect(SubscriptionArn).toBe('pending confirmation');
  expect(asked.headers).toMatchObject({
    'x-amz-sns-message-type': 'SubscriptionConfirmation',
    'x-amz-sns-topic-arn': TopicArn,
    'content-type': 'text/plain; charset=UTF-8',
  });
  expect(confirmation).toMatchObject({ Type: 'SubscriptionConfirmation', TopicArn, SignatureVersion: '1' });
  const listed = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(listed.Subscriptions?.[0]?.SubscriptionArn).toBe('PendingConfirmation');
  await sns.send(new PublishCommand({ TopicArn, Message: 'too early' }));

  await expect(sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: 'other' }))).rejects.toThrow(
    'Invalid parameter: Token',
  );
  const confirmed = await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: confirmation.Token }));
  await sns.send(new PublishCommand({ TopicArn, Message: 'now', Subject: 'hello' }));

  const [, told] = await received(2);
  expect(told?.headers).toMatchObject({
    'x-amz-sns-message-type': 'Notification',
    'x-amz-sns-subscription-arn': confirmed.SubscriptionArn,
  });
  expect(JSON.parse(told?.body ?? '')).toMatchObject({ Type: 'Notification', Message: 'now', Subject: 'hello' });
});

test('visiting the address in the message confirms as well; raw messages come as they are', async () => {
  const { TopicArn, confirmation } = await subscribed('visited');

  const visited = await fetch(confirmation.SubscribeURL);
  expect(visited.status).toBe(200);
  const SubscriptionArn = /<SubscriptionArn>(.*)<\/SubscriptionArn>/.exec(await visited.text())?.[1];
  await sns.send(
    new SetSubscriptionAttributesCommand({
      SubscriptionArn,
      AttributeName: 'RawMessageDelivery',
      AttributeValue: 'true',
    }),
  );
  await sns.send(new PublishCommand({ TopicArn, Message: 'as it is' }));

  const [, told] = await received(2);
  expect(told).toMatchObject({ body: 'as it is', headers: { 'x-amz-sns-rawdelivery': 'true' } });
});

test('an address that fails is tried again', async () => {
  const { TopicArn, confirmation } = await subscribed('flaky');
  await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: confirmation.Token }));
  status = 503;
  await sns.send(new PublishCommand({ TopicArn, Message: 'again' }));
  await received(2);
  status = 200;

  const [, first, second] = await received(3);
  expect(second?.body).toBe(first?.body);
});

test.each([
  ['https', 'http://127.0.0.1/x', 'Endpoint must match the specified protocol'],
  ['http', 'http://example.com/x', '127.0.0.1 and localhost only'],
])('an address that is not to be is refused: %s %s', async (Protocol, Endpoint, message) => {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'refused' }));
  await expect(sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint }))).rejects.toThrow(message);
});
