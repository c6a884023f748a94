import type {
  DescribeActivityCommandOutput,
  DescribeActivityInput,
  EncryptionConfiguration,
} from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkActivityArn } from './arns';
import { activityDoesNotExist } from './errors';
import type { StatesState } from './state';

type Output = Omit<DescribeActivityCommandOutput, '$metadata'>;

export const DescribeActivity: OperationOf<StatesState, DescribeActivityInput, Output> = (state) => ({
  authorize: ({ activityArn }) => [{ action: 'states:DescribeActivity', resource: String(activityArn) }],

  async handle({ activityArn }) {
    const activity = state().engine.catalogue.activities.get(checkActivityArn(activityArn));
    if (!activity) throw activityDoesNotExist(activityArn!);
    return {
      activityArn: activity.activityArn,
      name: activity.name,
      creationDate: new Date(activity.creationDate),
      encryptionConfiguration: activity.encryptionConfiguration as EncryptionConfiguration,
    };
  },
});
