import { attributeMap } from '../attributes';
import type { ResourceHandler } from '../resource';

export const snsSubscription: ResourceHandler = {
  async apply({ properties, host }) {
    const { TopicArn, Protocol, Endpoint } = properties;
    const Attributes = attributeMap(properties, [
      'DeliveryPolicy',
      'FilterPolicy',
      'FilterPolicyScope',
      'RawMessageDelivery',
      'RedrivePolicy',
    ]);
    const { SubscriptionArn } = await host.call<{ SubscriptionArn: string }>('sns', 'Subscribe', {
      TopicArn,
      Protocol,
      Endpoint,
      Attributes,
      ReturnSubscriptionArn: true,
    });
    return { physicalId: SubscriptionArn, attributes: { Arn: SubscriptionArn } };
  },
  async remove({ resource, host }) {
    await host.call('sns', 'Unsubscribe', { SubscriptionArn: resource.physicalId });
  },
};
