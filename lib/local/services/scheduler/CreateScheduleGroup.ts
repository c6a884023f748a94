import type { CreateScheduleGroupCommandInput, CreateScheduleGroupCommandOutput } from '@aws-sdk/client-scheduler';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { tagsOf } from '../tags';
import { DEFAULT_GROUP, groupArn, type SchedulerState } from './state';

type Output = Omit<CreateScheduleGroupCommandOutput, '$metadata'>;

export const CreateScheduleGroup: OperationOf<SchedulerState, CreateScheduleGroupCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'scheduler:CreateScheduleGroup', resource: groupArn(cloud, Name) }],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name');
    const { Name: name, Tags } = input;
    if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(name))
      throw new AwsError(
        'ValidationException',
        `Schedule group name ${name} is not valid: use up to 64 of A-Z a-z 0-9 - _ .`,
      );
    if (name === DEFAULT_GROUP || state().groups.has(name))
      throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, 409);
    const arn = groupArn(cloud, name);
    await state().groups.set(name, { name, arn, tags: tagsOf(Tags), createdAt: cloud.clock.now() });
    return { ScheduleGroupArn: arn };
  },
});
