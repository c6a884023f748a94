import type { CreateApplicationCommandInput, CreateApplicationCommandOutput } from '@aws-sdk/client-emr-serverless';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { access } from './access';
import { applicationArn, invalid, newId } from './record';
import type { EmrServerlessState } from './state';

type Output = Omit<CreateApplicationCommandOutput, '$metadata'>;

export const CreateApplication: OperationOf<EmrServerlessState, CreateApplicationCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [access('CreateApplication', applicationArn(cloud).replace('applications/', ''))],

  async handle(given, { cloud }) {
    requireMembers(given, 'releaseLabel', 'type', 'clientToken');
    const { clientToken, tags = {}, ...input } = given;
    assertSpark(input.type, input.releaseLabel);
    const known = [...state().applications.values()].find((one) => one.clientToken === clientToken);
    if (known) {
      if (known.input.name !== input.name)
        throw new AwsError('ConflictException', 'The client token was used with other parameters.', 409);
      return shown(known);
    }
    const id = newId();
    const now = cloud.clock.now();
    const record = { id, arn: applicationArn(cloud, id), input, clientToken, tags, createdAt: now, updatedAt: now };
    await state().applications.set(id, { ...record, state: 'CREATING' });
    await state().moveApplication(id, 'CREATING', 'CREATED');
    return shown(state().application(id));
  },
});

const shown = ({ id, arn, input: { name } }: { id: string; arn: string; input: { name?: string | undefined } }) => ({
  applicationId: id,
  ...(name === undefined ? {} : { name }),
  arn,
});

/** @throws ValidationException */
export function assertSpark(type: string | undefined, releaseLabel: string | undefined): void {
  if (type?.toLowerCase() !== 'spark') throw invalid(`The local cloud runs applications of type SPARK, not ${type}.`);
  if (!/^emr-[67]\.\d+\.\d+$|^emr-spark-\d+\.\d+.*$/.test(releaseLabel ?? ''))
    throw invalid(`Invalid release label ${releaseLabel}. It is written as emr-7.9.0.`);
}
