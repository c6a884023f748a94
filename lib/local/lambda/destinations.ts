/** Where the record of an asynchronous invocation goes, or the event itself when it is given up: as the function's role, which needs the grant. */
import { randomUUID } from 'node:crypto';
import { AwsError, type CloudContext, type Principal } from '../service';
import type { FunctionSpec } from './function';

export interface Message {
  readonly body: string;
  /** of a dead letter */
  readonly attributes?: Readonly<Record<string, { readonly type: 'String' | 'Number'; readonly value: string }>>;
  readonly outcome?: 'Success' | 'Failure';
}

export async function sendTo(cloud: CloudContext, spec: FunctionSpec, arn: string, message: Message): Promise<void> {
  const send = SENDERS[arn.split(':')[2] ?? ''];
  if (send === undefined)
    throw new AwsError('InvalidParameterValueException', `Destinations like ${arn} are not supported.`);
  const principal: Principal = { kind: 'role', roleArn: spec.roleArn, sessionName: spec.name };
  const call = (service: string, operation: string, input: unknown) => cloud.call(principal, service, operation, input);
  await send({ cloud, spec, arn, message, call });
}

interface Sending {
  readonly cloud: CloudContext;
  readonly spec: FunctionSpec;
  readonly arn: string;
  readonly message: Message;
  call(service: string, operation: string, input: unknown): Promise<unknown>;
}

const SENDERS: Readonly<Record<string, (sending: Sending) => Promise<unknown>>> = {
  sqs({ cloud, arn, message, call }) {
    const [, , , , account, name] = arn.split(':');
    const QueueUrl = `${cloud.endpoint}/${account}/${name}`;
    return call('sqs', 'SendMessage', {
      QueueUrl,
      MessageBody: message.body,
      MessageAttributes: attributesOf(message),
    });
  },
  sns: ({ arn, message, call }) =>
    call('sns', 'Publish', { TopicArn: arn, Message: message.body, MessageAttributes: attributesOf(message) }),
  lambda: ({ arn, message, call }) =>
    call('lambda', 'Invoke', { FunctionName: arn, InvocationType: 'Event', Payload: Buffer.from(message.body) }),
  events({ spec, arn, message, call }) {
    const entry = {
      Source: 'lambda',
      DetailType: `Lambda Function Invocation Result - ${message.outcome}`,
      Detail: message.body,
      EventBusName: arn,
      Resources: [arn, `${spec.arn}:${spec.version}`],
    };
    return call('events', 'PutEvents', { Entries: [entry] });
  },
  s3({ cloud, spec, arn, message, call }) {
    const time = new Date(cloud.clock.now()).toISOString();
    const file = `${time.slice(0, 19).replaceAll(':', '.')}-${randomUUID()}`;
    const Key = `aws/lambda/async/${spec.name}/${time.slice(0, 10).replaceAll('-', '/')}/${file}`;
    return call('s3', 'PutObject', {
      Bucket: arn.replace(/^arn:[^:]+:s3:::/, ''),
      Key,
      Body: Buffer.from(message.body),
    });
  },
};

function attributesOf({ attributes = {} }: Message): Record<string, { DataType: string; StringValue: string }> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, value }]) => [name, { DataType: type, StringValue: value }]),
  );
}
