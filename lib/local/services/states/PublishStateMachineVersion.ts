import type { PublishStateMachineVersionCommandOutput, PublishStateMachineVersionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkMachineArn } from './arns';
import type { StatesState } from './state';
import { publish } from './versions';

type Output = Omit<PublishStateMachineVersionCommandOutput, '$metadata'>;

export const PublishStateMachineVersion: OperationOf<StatesState, PublishStateMachineVersionInput, Output> = (
  state,
) => ({
  authorize: ({ stateMachineArn }) => [
    { action: 'states:PublishStateMachineVersion', resource: String(stateMachineArn) },
  ],

  async handle({ stateMachineArn, ...given }, { cloud }) {
    const machine = state().activeMachine(checkMachineArn(stateMachineArn));
    const version = await publish(state(), machine.stateMachineArn, cloud, given);
    return {
      stateMachineVersionArn: version.stateMachineVersionArn,
      creationDate: new Date(version.creationDate),
    };
  },
});
