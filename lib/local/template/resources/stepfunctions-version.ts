import { createOrUpdate, list, type Properties, type ResourceHandler, record, text, unless } from '../resource';

export const stateMachineVersion: ResourceHandler = {
  /** A revision that is published already keeps its version. */
  async apply({ properties, host }) {
    const { stateMachineVersionArn: arn } = await host.call<{ stateMachineVersionArn: string }>(
      'states',
      'PublishStateMachineVersion',
      {
        stateMachineArn: properties.StateMachineArn,
        revisionId: text(properties.StateMachineRevisionId),
        description: text(properties.Description),
      },
    );
    return { physicalId: arn, attributes: { Arn: arn } };
  },
  async remove({ resource, host }) {
    const stateMachineVersionArn = resource.physicalId;
    // One that a newer one replaces is still what an alias leads to: it goes with its state machine.
    await host
      .call('states', 'DeleteStateMachineVersion', { stateMachineVersionArn })
      .catch(unless('ConflictException'));
  },
};

export const stateMachineAlias: ResourceHandler = {
  async apply({ properties, host }) {
    const name = String(properties.Name);
    const description = text(properties.Description);
    const routingConfiguration = routesOf(properties);
    const machine = routingConfiguration[0]?.stateMachineVersionArn.replace(/:\d+$/, '');
    const stateMachineAliasArn = `${machine}:${name}`;
    await createOrUpdate<unknown>(
      () => host.call('states', 'CreateStateMachineAlias', { name, description, routingConfiguration }),
      ['ConflictException'],
      () => host.call('states', 'UpdateStateMachineAlias', { stateMachineAliasArn, description, routingConfiguration }),
    );
    return { physicalId: stateMachineAliasArn, attributes: { Arn: stateMachineAliasArn } };
  },
  async remove({ resource, host }) {
    const stateMachineAliasArn = resource.physicalId;
    await host.call('states', 'DeleteStateMachineAlias', { stateMachineAliasArn }).catch(unless('ResourceNotFound'));
  },
};

/** A deployment preference shifts traffic in steps; here it is all at once. */
function routesOf({ RoutingConfiguration, DeploymentPreference }: Properties) {
  const preferred = record(DeploymentPreference).StateMachineVersionArn;
  const routes =
    preferred === undefined
      ? list<Properties>(RoutingConfiguration)
      : [{ StateMachineVersionArn: preferred, Weight: 100 }];
  return routes.map(({ StateMachineVersionArn, Weight }) => ({
    stateMachineVersionArn: String(StateMachineVersionArn),
    weight: Number(Weight),
  }));
}
