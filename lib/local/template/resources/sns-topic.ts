import { attributeMap, tagList } from '../attributes';
import { flag, type Host, list, type Properties, physicalName, type ResourceHandler } from '../resource';

export const snsTopic: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const isFifo = flag(properties.FifoTopic) === true;
    const suffix = isFifo && properties.TopicName === undefined ? '.fifo' : '';
    const Name = physicalName(request, { explicit: properties.TopicName, max: 256 - suffix.length }) + suffix;
    const fifo = isFifo ? { Attributes: attributeMap(properties, ['FifoTopic', 'ContentBasedDeduplication']) } : {};
    const attributes = attributeMap(properties, ['DisplayName', 'KmsMasterKeyId', 'DeliveryPolicy', 'TracingConfig']);
    const { TopicArn } = await host.call<{ TopicArn: string }>('sns', 'CreateTopic', {
      Name,
      Tags: tagList(properties.Tags),
      ...fifo,
    });
    for (const [AttributeName, AttributeValue] of Object.entries(attributes))
      await setIfKnown(host, { TopicArn, AttributeName, AttributeValue });
    for (const { Endpoint, Protocol } of list<Properties>(properties.Subscription))
      await host.call('sns', 'Subscribe', { TopicArn, Endpoint, Protocol });
    return { physicalId: TopicArn, attributes: { TopicArn, TopicName: Name } };
  },
  async remove({ resource, host }) {
    await host.call('sns', 'DeleteTopic', { TopicArn: resource.physicalId });
  },
};

/** What only concerns encryption or tracing may be unknown to the local SNS. */
async function setIfKnown(host: Host, input: Properties): Promise<void> {
  try {
    await host.call('sns', 'SetTopicAttributes', input);
  } catch (error) {
    if ((error as Error).name !== 'InvalidParameterException' || input.AttributeName === 'DisplayName') throw error;
  }
}
