import type { CreateStateMachineCommandOutput, CreateStateMachineInput } from '@aws-sdk/client-sfn';
import type { MachineRecord } from '../../stepfunctions/catalogue';
import { sha256 } from '../../stepfunctions/catalogue';
import type { OperationOf } from '../stateful';
import { checkName, stateMachineArn } from './arns';
import { checkDefinition } from './definition';
import { invalidArn, invalidRequest, machineDeleting, stateMachineAlreadyExists } from './errors';
import { checkLogging } from './logging';
import { settingsOf, tagRecord } from './settings';
import type { StatesState } from './state';
import { publish, versionsOf } from './versions';

type Output = Omit<CreateStateMachineCommandOutput, '$metadata'>;

/** The same request once more gives what is there; a role or tags that differ do not count. */
export const CreateStateMachine: OperationOf<StatesState, CreateStateMachineInput, Output> = (state) => ({
  authorize: ({ name, roleArn }, { cloud }) => [
    { action: 'states:CreateStateMachine', resource: stateMachineArn(cloud, String(name)) },
    { action: 'iam:PassRole', resource: String(roleArn), context: { 'iam:PassedToService': 'states.amazonaws.com' } },
  ],

  async handle(input, { cloud }) {
    const { catalogue } = state().engine;
    const name = checkName(input.name);
    const arn = stateMachineArn(cloud, name);
    if (input.versionDescription !== undefined && input.publish !== true) throw descriptionOfNoVersion();
    checkRoleArn(input.roleArn);
    const type = input.type ?? 'STANDARD';
    checkDefinition(input.definition, type);
    const settings = settingsOf(input);
    const tags = tagRecord(arn, input.tags);

    const existing = catalogue.machines.get(arn);
    if (existing?.isDeleting) throw machineDeleting(arn);
    if (existing) {
      const version = versionsOf(catalogue, arn).at(-1);
      const isSame =
        existing.definition === sha256(input.definition!) &&
        existing.type === type &&
        JSON.stringify(existing.settings) === JSON.stringify(settings) &&
        (input.publish === true) === (version !== undefined) &&
        version?.description === input.versionDescription;
      if (!isSame) throw stateMachineAlreadyExists(arn);
      return answer(existing, version?.stateMachineVersionArn);
    }
    await checkLogging(cloud, input.roleArn!, settings);
    const now = cloud.clock.now();
    const record: MachineRecord = {
      stateMachineArn: arn,
      name,
      definition: await catalogue.saveDefinition(input.definition!),
      roleArn: input.roleArn!,
      type,
      creationDate: now,
      updateDate: now,
      tags,
      settings,
    };
    await catalogue.machines.set(arn, record);
    if (!input.publish) return answer(record);
    const version = await publish(state(), arn, cloud, { description: input.versionDescription });
    return answer(record, version.stateMachineVersionArn);
  },
});

const answer = ({ stateMachineArn: arn, creationDate }: MachineRecord, version?: string): Output => ({
  stateMachineArn: arn,
  creationDate: new Date(creationDate),
  ...(version === undefined ? {} : { stateMachineVersionArn: version }),
});

export const descriptionOfNoVersion = () => invalidRequest('Version description can only be set when publish is true');

export function checkRoleArn(arn: string | undefined): void {
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(arn ?? '')) throw invalidArn(`Invalid ARN prefix: ${arn}`);
}
