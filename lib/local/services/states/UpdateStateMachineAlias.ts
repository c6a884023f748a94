import type { UpdateStateMachineAliasCommandOutput, UpdateStateMachineAliasInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { aliasOf, checkRoutes } from './aliases';
import { invalidRequest } from './errors';
import type { StatesState } from './state';

type Output = Omit<UpdateStateMachineAliasCommandOutput, '$metadata'>;

export const UpdateStateMachineAlias: OperationOf<StatesState, UpdateStateMachineAliasInput, Output> = (state) => ({
  authorize: ({ stateMachineAliasArn }) => [
    { action: 'states:UpdateStateMachineAlias', resource: String(stateMachineAliasArn) },
  ],

  async handle({ stateMachineAliasArn, description, routingConfiguration }, { cloud }) {
    const { catalogue } = state().engine;
    const alias = aliasOf(catalogue, stateMachineAliasArn);
    if (description === undefined && routingConfiguration === undefined) {
      throw invalidRequest(
        'Either the description or the routing configuration must be specified',
        'MISSING_REQUIRED_PARAMETER',
      );
    }
    state().activeMachine(alias.stateMachineArn);
    const routed = routingConfiguration && checkRoutes(catalogue, routingConfiguration);
    if (routed && routed.machine !== alias.stateMachineArn) {
      throw invalidRequest(
        "The routing configuration must use versions of the alias's state machine.",
        'INVALID_ROUTING_CONFIGURATION',
      );
    }
    const updateDate = cloud.clock.now();
    await catalogue.aliases.set(alias.stateMachineAliasArn, {
      ...alias,
      ...(description === undefined ? {} : { description }),
      ...(routed === undefined ? {} : { routes: routed.routes }),
      updateDate,
    });
    return { updateDate: new Date(updateDate) };
  },
});
