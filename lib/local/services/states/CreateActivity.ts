import type { CreateActivityCommandOutput, CreateActivityInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { activityArn, checkName } from './arns';
import { activityAlreadyExists } from './errors';
import { encryptionOf, tagRecord } from './settings';
import type { StatesState } from './state';

type Output = Omit<CreateActivityCommandOutput, '$metadata'>;

/** The same name once more gives what is there, unless it is to be encrypted otherwise; other tags do not count. */
export const CreateActivity: OperationOf<StatesState, CreateActivityInput, Output> = (state) => ({
  authorize: ({ name }, { cloud }) => [{ action: 'states:CreateActivity', resource: activityArn(cloud, String(name)) }],

  async handle(input, { cloud }) {
    const { activities } = state().engine.catalogue;
    const name = checkName(input.name);
    const arn = activityArn(cloud, name);
    const encryptionConfiguration = encryptionOf(input.encryptionConfiguration);
    const tags = tagRecord(arn, input.tags);
    const existing = activities.get(arn);
    if (existing && JSON.stringify(existing.encryptionConfiguration) !== JSON.stringify(encryptionConfiguration)) {
      throw activityAlreadyExists(arn);
    }
    const creationDate = existing?.creationDate ?? cloud.clock.now();
    if (!existing) await activities.set(arn, { activityArn: arn, name, creationDate, tags, encryptionConfiguration });
    return { activityArn: arn, creationDate: new Date(creationDate) };
  },
});
