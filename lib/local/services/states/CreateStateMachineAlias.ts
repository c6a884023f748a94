import type { CreateStateMachineAliasCommandOutput, CreateStateMachineAliasInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { ALIAS_LIMIT, aliasesOf, checkRoutes } from './aliases';
import { parseMachineArn } from './arns';
import { conflict, quotaExceeded } from './errors';
import type { StatesState } from './state';

type Output = Omit<CreateStateMachineAliasCommandOutput, '$metadata'>;

/** The same request once more gives what is there. */
export const CreateStateMachineAlias: OperationOf<StatesState, CreateStateMachineAliasInput, Output> = (state) => ({
  authorize: ({ routingConfiguration }) => {
    const arn = routingConfiguration?.[0]?.stateMachineVersionArn ?? '';
    return [{ action: 'states:CreateStateMachineAlias', resource: arn.replace(/:\d+$/, '') || '*' }];
  },

  async handle({ name, description, routingConfiguration = [] }, { cloud }) {
    const { catalogue } = state().engine;
    const { machine, routes } = checkRoutes(catalogue, routingConfiguration);
    state().activeMachine(parseMachineArn(machine).machine);
    const stateMachineAliasArn = `${machine}:${name}`;
    const existing = catalogue.aliases.get(stateMachineAliasArn);
    if (existing) {
      const isSame = existing.description === description && JSON.stringify(existing.routes) === JSON.stringify(routes);
      if (!isSame) {
        throw conflict(
          `Failed to create alias because an alias with the same name and a different routing configuration already exists: '${stateMachineAliasArn}'`,
        );
      }
      return { stateMachineAliasArn, creationDate: new Date(existing.creationDate) };
    }
    if (aliasesOf(catalogue, machine).length >= ALIAS_LIMIT) {
      throw quotaExceeded(`A state machine can have at most ${ALIAS_LIMIT} aliases.`);
    }
    const now = cloud.clock.now();
    await catalogue.aliases.set(stateMachineAliasArn, {
      stateMachineAliasArn,
      stateMachineArn: machine,
      name: name!,
      ...(description === undefined ? {} : { description }),
      routes,
      creationDate: now,
      updateDate: now,
    });
    return { stateMachineAliasArn, creationDate: new Date(now) };
  },
});
