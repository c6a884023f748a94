import { randomUUID } from 'node:crypto';
import type { UpdateStateMachineCommandOutput, UpdateStateMachineInput } from '@aws-sdk/client-sfn';
import { AwsError } from '../../service';
import type { MachineRecord } from '../../stepfunctions/catalogue';
import { sha256 } from '../../stepfunctions/catalogue';
import type { OperationOf } from '../stateful';
import { checkMachineArn } from './arns';
import { checkRoleArn, descriptionOfNoVersion } from './CreateStateMachine';
import { checkDefinition } from './definition';
import { checkLogging } from './logging';
import { settingsOf } from './settings';
import type { StatesState } from './state';
import { publish } from './versions';

type Output = Omit<UpdateStateMachineCommandOutput, '$metadata'>;

/** Executions that run already keep their definition and role. What stays as it was keeps its revision. */
export const UpdateStateMachine: OperationOf<StatesState, UpdateStateMachineInput, Output> = (state) => ({
  authorize: ({ stateMachineArn, roleArn }) => [
    { action: 'states:UpdateStateMachine', resource: String(stateMachineArn) },
    ...(roleArn === undefined
      ? []
      : [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'states.amazonaws.com' } }]),
  ],

  async handle(input, { cloud }) {
    const record = state().activeMachine(checkMachineArn(input.stateMachineArn));
    const { definition, roleArn, loggingConfiguration, tracingConfiguration, encryptionConfiguration } = input;
    const settings = { loggingConfiguration, tracingConfiguration, encryptionConfiguration };
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    if (definition === undefined && roleArn === undefined && Object.keys(given).length === 0) {
      throw new AwsError(
        'MissingRequiredParameter',
        'Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration or the EncryptionConfiguration must be specified',
      );
    }
    if (input.versionDescription !== undefined && input.publish !== true) throw descriptionOfNoVersion();
    if (definition !== undefined) checkDefinition(definition, record.type);
    if (roleArn !== undefined) checkRoleArn(roleArn);

    const { catalogue } = state().engine;
    const changed: MachineRecord = {
      ...record,
      ...(definition === undefined ? {} : { definition: sha256(definition) }),
      ...(roleArn === undefined ? {} : { roleArn }),
      settings: settingsOf({ ...record.settings, ...given }),
    };
    await checkLogging(cloud, changed.roleArn, changed.settings);
    const isSame = JSON.stringify(changed) === JSON.stringify(record);
    if (definition !== undefined) await catalogue.saveDefinition(definition);
    const updated = { ...changed, updateDate: cloud.clock.now(), ...(isSame ? {} : { revisionId: randomUUID() }) };
    await catalogue.machines.set(record.stateMachineArn, updated);
    const version = input.publish
      ? await publish(state(), record.stateMachineArn, cloud, { description: input.versionDescription })
      : undefined;
    return {
      updateDate: new Date(updated.updateDate),
      ...(updated.revisionId === undefined ? {} : { revisionId: updated.revisionId }),
      ...(version === undefined ? {} : { stateMachineVersionArn: version.stateMachineVersionArn }),
    };
  },
});
