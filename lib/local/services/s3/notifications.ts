/** A bucket's notifications to functions, queues and topics (Amazon S3 User Guide, "Event message structure"). */
import type { NotificationConfiguration, NotificationConfigurationFilter } from '@aws-sdk/client-s3';
import { queueUrlOf } from '../../events/targets';
import type { CloudContext, Principal } from '../../service';
import { S3Error } from './errors';
import { encodeKey } from './listing';
import { bucketArn } from './objects';
import type { BucketConfig } from './types';

/** e.g. `ObjectCreated:Put` */
export type EventName = `Object${string}:${string}` | `LifecycleExpiration:${string}`;

interface Destination {
  readonly id: string;
  readonly arn: string;
  readonly events: readonly string[];
  readonly filter?: NotificationConfigurationFilter;
}

export interface NotifiedObject {
  readonly key: string;
  readonly size?: number;
  readonly etag?: string;
  readonly versionId: string;
  readonly sequencer: string;
}

/** What is to be sent where, for an event of the bucket. */
export function notificationsOf(
  config: BucketConfig,
  name: EventName,
  object: NotifiedObject,
  occasion: { readonly requestId: string; readonly account: string; readonly time: number; readonly region: string },
): { readonly arn: string; readonly message: object }[] {
  return destinationsOf(config.notifications)
    .filter(({ events, filter }) => events.some((event) => isEvent(event, name)) && passes(filter, object.key))
    .map(({ id, arn }) => ({
      arn,
      message: {
        Records: [
          {
            eventVersion: '2.1',
            eventSource: 'aws:s3',
            awsRegion: occasion.region,
            eventTime: new Date(occasion.time).toISOString(),
            eventName: name,
            userIdentity: { principalId: occasion.account },
            requestParameters: { sourceIPAddress: '127.0.0.1' },
            responseElements: { 'x-amz-request-id': occasion.requestId, 'x-amz-id-2': occasion.requestId },
            s3: {
              s3SchemaVersion: '1.0',
              configurationId: id,
              bucket: {
                name: config.name,
                ownerIdentity: { principalId: occasion.account },
                arn: bucketArn(config.name),
              },
              object: {
                key: encodeKey(object.key),
                ...(object.size !== undefined && { size: object.size }),
                ...(object.etag !== undefined && { eTag: object.etag }),
                ...(object.versionId !== 'null' && { versionId: object.versionId }),
                sequencer: object.sequencer,
              },
            },
          },
        ],
      },
    }));
}

const isEvent = (pattern: string, name: EventName): boolean =>
  pattern === `s3:${name}` || (pattern.endsWith(':*') && `s3:${name}`.startsWith(pattern.slice(0, -1)));

const passes = (filter: NotificationConfigurationFilter | undefined, key: string): boolean =>
  (filter?.Key?.FilterRules ?? []).every(({ Name, Value = '' }) =>
    Name?.toLowerCase() === 'suffix' ? key.endsWith(Value) : key.startsWith(Value),
  );

export function destinationsOf(configuration: NotificationConfiguration | undefined): readonly Destination[] {
  const { LambdaFunctionConfigurations = [], QueueConfigurations = [], TopicConfigurations = [] } = configuration ?? {};
  return [
    ...LambdaFunctionConfigurations.map(({ LambdaFunctionArn, ...more }) => ({ ...more, arn: LambdaFunctionArn })),
    ...QueueConfigurations.map(({ QueueArn, ...more }) => ({ ...more, arn: QueueArn })),
    ...TopicConfigurations.map(({ TopicArn, ...more }) => ({ ...more, arn: TopicArn })),
  ].map(({ Id = '', arn = '', Events = [], Filter }) => ({
    id: Id,
    arn,
    events: Events,
    ...(Filter ? { filter: Filter } : {}),
  }));
}

export function send(cloud: CloudContext, bucket: string, arn: string, message: object): Promise<unknown> {
  const principal: Principal = { kind: 'service', service: 's3.amazonaws.com', sourceArn: bucketArn(bucket) };
  const text = JSON.stringify(message);
  switch (arn.split(':')[2]) {
    case 'lambda':
      return cloud.call(principal, 'lambda', 'Invoke', {
        FunctionName: arn,
        InvocationType: 'Event',
        Payload: Buffer.from(text),
      });
    case 'sqs':
      return cloud.call(principal, 'sqs', 'SendMessage', { QueueUrl: queueUrlOf(cloud, arn), MessageBody: text });
    case 'sns':
      return cloud.call(principal, 'sns', 'Publish', {
        TopicArn: arn,
        Subject: 'Amazon S3 Notification',
        Message: text,
      });
    default:
      return Promise.reject(invalidDestination());
  }
}

/** S3 tries each queue and topic before it takes them. */
export async function testDestinations(
  cloud: CloudContext,
  bucket: string,
  configuration: NotificationConfiguration,
): Promise<void> {
  for (const { arn } of destinationsOf(configuration)) {
    if (arn.split(':')[2] === 'lambda') continue;
    const message = {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: new Date(cloud.clock.now()).toISOString(),
      Bucket: bucket,
      RequestId: 'test',
      HostId: 'test',
    };
    await send(cloud, bucket, arn, message).catch(() => {
      throw invalidDestination();
    });
  }
}

const invalidDestination = () =>
  new S3Error('InvalidArgument', 'Unable to validate the following destination configurations', 400);
