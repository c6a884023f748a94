import { randomUUID } from 'node:crypto';
import type { CreateStateMachineCommandOutput, CreateStateMachineInput } from '@aws-sdk/client-sfn';
import { sha256 } from '../../stepfunctions/catalogue';
import type { OperationOf } from '../stateful';
import { checkName, stateMachineArn } from './arns';
import { diagnose } from './definition';
import { invalidDefinition, stateMachineAlreadyExists } from './errors';
import { settingsOf, tagRecord } from './settings';
import type { StatesState } from './state';

type Output = Omit<CreateStateMachineCommandOutput, '$metadata'>;

export const CreateStateMachine: OperationOf<StatesState, CreateStateMachineInput, Output> = (state) => ({
  authorize: ({ name, roleArn }, { cloud }) => [
    { action: 'states:CreateStateMachine', resource: stateMachineArn(cloud, String(name)) },
    { action: 'iam:PassRole', resource: String(roleArn), context: { 'iam:PassedToService': 'states.amazonaws.com' } },
  ],

  async handle(input, { cloud }) {
    const name = checkName(input.name);
    const arn = stateMachineArn(cloud, name);
    const diagnostics = diagnose(input.definition);
    if (diagnostics.length > 0) throw invalidDefinition(diagnostics);
    const { machines } = state().engine.catalogue;
    const type = input.type ?? 'STANDARD';
    const settings = settingsOf(input);

    const existing = machines.get(arn);
    if (existing) {
      const same =
        existing.definition === sha256(input.definition!) &&
        existing.type === type &&
        JSON.stringify(existing.settings) === JSON.stringify(settings);
      if (!same) throw stateMachineAlreadyExists(arn);
      return { stateMachineArn: arn, creationDate: new Date(existing.creationDate) };
    }
    const now = cloud.clock.now();
    await machines.set(arn, {
      stateMachineArn: arn,
      name,
      definition: await state().engine.catalogue.saveDefinition(input.definition!),
      roleArn: input.roleArn!,
      type,
      creationDate: now,
      updateDate: now,
      revisionId: randomUUID(),
      tags: tagRecord(input.tags),
      settings,
    });
    return { stateMachineArn: arn, creationDate: new Date(now) };
  },
});
