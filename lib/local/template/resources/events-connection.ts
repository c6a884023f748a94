import { createOrUpdate, physicalName, type ResourceHandler, text, unless } from '../resource';

export const eventsConnection: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const Name = physicalName(request, { explicit: properties.Name, max: 64 });
    const { AuthorizationType, AuthParameters } = properties;
    const given = { Name, Description: text(properties.Description), AuthorizationType, AuthParameters };
    await createOrUpdate<unknown>(
      () => host.call('events', 'CreateConnection', given),
      ['ResourceAlreadyExistsException'],
      () => host.call('events', 'UpdateConnection', given),
    );
    const { ConnectionArn, SecretArn } = await host.call<{ ConnectionArn: string; SecretArn: string }>(
      'events',
      'DescribeConnection',
      { Name },
    );
    // Policies name a connection without the id that it has been given.
    const ArnForPolicy = ConnectionArn.replace(/\/[^/]*$/, '');
    return { physicalId: Name, attributes: { Arn: ConnectionArn, ArnForPolicy, SecretArn } };
  },
  async remove({ resource, host }) {
    await host
      .call('events', 'DeleteConnection', { Name: resource.physicalId })
      .catch(unless('ResourceNotFoundException'));
  },
};
