import type { CreateScheduleInput } from '@aws-sdk/client-scheduler';
import { isSupportedTarget } from '../../events/targets';
import { AwsError, type CloudContext } from '../../service';
import { toMillis } from '../timestamps';
import { DEFAULT_GROUP, type ScheduleRecord, scheduleArn, scheduleOf } from './state';

/** Refuses what CreateSchedule and UpdateSchedule refuse. An update replaces all but the time of creation. */
export function scheduleRecord(request: CreateScheduleInput, cloud: CloudContext, createdAt: number): ScheduleRecord {
  const { Name: name = '', GroupName: group = DEFAULT_GROUP, ClientToken: _, StartDate, EndDate, ...input } = request;
  if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(name))
    throw invalid(`Schedule name ${name} is not valid: use up to 64 of A-Z a-z 0-9 - _ .`);
  if (!input.FlexibleTimeWindow?.Mode) throw invalid('FlexibleTimeWindow with its Mode is required.');
  const { Arn = '', RoleArn, Input } = input.Target ?? {};
  if (!RoleArn) throw invalid('Target needs a RoleArn.');
  const isUniversal = Arn.startsWith('arn:aws:scheduler:::aws-sdk:');
  if (!isUniversal && !isSupportedTarget(Arn)) throw invalid(`Provided Arn is not supported here: ${Arn}`);
  if (isUniversal && !Input) throw invalid('A universal target needs an Input.');

  const now = cloud.clock.now();
  const record: ScheduleRecord = {
    name,
    group,
    arn: scheduleArn(cloud, group, name),
    input,
    createdAt,
    modifiedAt: now,
    ...(StartDate ? { startsAt: toMillis(StartDate) } : {}),
    ...(EndDate ? { endsAt: toMillis(EndDate) } : {}),
  };
  scheduleOf(record);
  return record;
}

const invalid = (message: string) => new AwsError('ValidationException', message);
