import type { ListStateMachineAliasesCommandOutput, ListStateMachineAliasesInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { aliasesOf } from './aliases';
import { isVersion, parseMachineArn } from './arns';
import { invalidArn, resourceNotFound } from './errors';
import { pageOf } from './paging';
import type { StatesState } from './state';

type Output = Omit<ListStateMachineAliasesCommandOutput, '$metadata'>;

/** Of a state machine, or those of them that route to one version. */
export const ListStateMachineAliases: OperationOf<StatesState, ListStateMachineAliasesInput, Output> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:ListStateMachineAliases', resource: String(stateMachineArn) }],

  async handle({ stateMachineArn: arn, ...paging }) {
    const { catalogue } = state().engine;
    const { machine, qualifier } = parseMachineArn(arn);
    if (qualifier !== undefined && !isVersion(qualifier)) throw invalidArn(String(arn));
    state().activeMachine(machine);
    if (qualifier !== undefined && !catalogue.versions.has(arn!)) throw resourceNotFound(arn!);
    const aliases = aliasesOf(catalogue, machine)
      .filter(({ routes }) => qualifier === undefined || routes.some((route) => route.stateMachineVersionArn === arn))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = pageOf(aliases, paging);
    return {
      stateMachineAliases: items.map(({ stateMachineAliasArn, creationDate }) => ({
        stateMachineAliasArn,
        creationDate: new Date(creationDate),
      })),
      ...nextToken,
    };
  },
});
