import { randomUUID } from 'node:crypto';
import type { UpdateStateMachineCommandOutput, UpdateStateMachineInput } from '@aws-sdk/client-sfn';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { diagnose } from './definition';
import { invalidDefinition } from './errors';
import { settingsOf } from './settings';
import type { StatesState } from './state';

type Output = Omit<UpdateStateMachineCommandOutput, '$metadata'>;

/** Executions that run already keep their definition and role. */
export const UpdateStateMachine: OperationOf<StatesState, UpdateStateMachineInput, Output> = (state) => ({
  authorize: ({ stateMachineArn, roleArn }) => [
    { action: 'states:UpdateStateMachine', resource: String(stateMachineArn) },
    ...(roleArn === undefined
      ? []
      : [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'states.amazonaws.com' } }]),
  ],

  async handle(input, { cloud }) {
    const record = state().machine(input.stateMachineArn);
    const { definition, roleArn, loggingConfiguration, tracingConfiguration, encryptionConfiguration } = input;
    if (
      [definition, roleArn, loggingConfiguration, tracingConfiguration, encryptionConfiguration].every(
        (value) => value === undefined,
      )
    ) {
      throw new AwsError(
        'MissingRequiredParameter',
        'Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration or the EncryptionConfiguration must be specified',
      );
    }
    if (definition !== undefined) {
      const diagnostics = diagnose(definition);
      if (diagnostics.length > 0) throw invalidDefinition(diagnostics);
    }
    const { catalogue } = state().engine;
    const updateDate = cloud.clock.now();
    const revisionId = randomUUID();
    const given = Object.fromEntries(
      Object.entries({ loggingConfiguration, tracingConfiguration, encryptionConfiguration }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    await catalogue.machines.set(record.stateMachineArn, {
      ...record,
      ...(definition === undefined ? {} : { definition: await catalogue.saveDefinition(definition) }),
      ...(roleArn === undefined ? {} : { roleArn }),
      settings: settingsOf({ ...record.settings, ...given }),
      updateDate,
      revisionId,
    });
    return { updateDate: new Date(updateDate), revisionId };
  },
});
