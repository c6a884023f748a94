import { attributeMap } from '../attributes';
import { createOrUpdate, physicalName, type ResourceHandler, tagMap, unless } from '../resource';

const ATTRIBUTES = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
];

export const sqsQueue: ResourceHandler = {
  holdsData: true,
  // Its URL holds the port of this process.
  volatile: true,
  async apply({ properties, host, ...request }) {
    const Attributes = attributeMap(properties, ATTRIBUTES);
    const suffix = Attributes.FifoQueue === 'true' && properties.QueueName === undefined ? '.fifo' : '';
    const QueueName = physicalName(request, { explicit: properties.QueueName, max: 80 - suffix.length }) + suffix;
    if (Attributes.FifoQueue === 'false') delete Attributes.FifoQueue;
    if (properties.MessageRetentionPeriod !== undefined)
      Attributes.MessageRetentionPeriod = String(properties.MessageRetentionPeriod);
    const { QueueUrl } = await createOrUpdate(
      () =>
        host.call<{ QueueUrl: string }>('sqs', 'CreateQueue', { QueueName, Attributes, tags: tagMap(properties.Tags) }),
      ['QueueNameExists', 'QueueAlreadyExists'],
      async () => {
        const queue = await host.call<{ QueueUrl: string }>('sqs', 'GetQueueUrl', { QueueName });
        await host.call('sqs', 'SetQueueAttributes', { QueueUrl: queue.QueueUrl, Attributes });
        return queue;
      },
    );
    const Arn = `arn:aws:sqs:${host.cloud.region}:${host.cloud.account}:${QueueName}`;
    return { physicalId: QueueUrl, attributes: { Arn, QueueName, QueueUrl } };
  },
  async remove({ resource, host }) {
    await host
      .call('sqs', 'DeleteQueue', { QueueUrl: resource.physicalId })
      .catch(unless('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'));
  },
};
