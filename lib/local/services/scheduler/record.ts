import type { CreateScheduleInput, FlexibleTimeWindow, RetryPolicy } from '@aws-sdk/client-scheduler';
import { InvalidSchedule } from '../../events/errors';
import { isSupportedTarget } from '../../events/targets';
import { AwsError, type CloudContext } from '../../service';
import { toMillis } from '../timestamps';
import { DEFAULT_GROUP, type ScheduleRecord, scheduleArn, scheduleOf } from './state';

/** Refuses what CreateSchedule and UpdateSchedule refuse. An update replaces all but the time of creation. */
export function scheduleRecord(request: CreateScheduleInput, cloud: CloudContext, createdAt: number): ScheduleRecord {
  const {
    Name: name = '',
    GroupName: group = DEFAULT_GROUP,
    ClientToken: clientToken,
    StartDate,
    EndDate,
    ...input
  } = request;
  if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(name))
    throw invalid(`Schedule name ${name} is not valid: use up to 64 of A-Z a-z 0-9 - _ .`);
  if (!input.FlexibleTimeWindow?.Mode) throw invalid('FlexibleTimeWindow with its Mode is required.');
  const { Arn = '', RoleArn, Input } = input.Target ?? {};
  if (!RoleArn) throw invalid('Target needs a RoleArn.');
  const isUniversal = Arn.startsWith('arn:aws:scheduler:::aws-sdk:');
  const isBus = /:event-bus\//.test(Arn);
  if (isBus && !(input.Target?.EventBridgeParameters?.DetailType && input.Target.EventBridgeParameters.Source))
    throw invalid('An event bus as target needs EventBridgeParameters.');
  if (!isUniversal && !isBus && !isSupportedTarget(Arn)) throw invalid(`Provided Arn is not supported here: ${Arn}`);
  if (isUniversal && !Input) throw invalid('A universal target needs an Input.');

  assertValidWindow(input.FlexibleTimeWindow);
  assertValidRetries(input.Target?.RetryPolicy ?? {});
  const now = cloud.clock.now();
  const record: ScheduleRecord = {
    name,
    group,
    arn: scheduleArn(cloud, group, name),
    input,
    createdAt,
    modifiedAt: now,
    ...(clientToken === undefined ? {} : { clientToken }),
    ...(StartDate ? { startsAt: toMillis(StartDate) } : {}),
    ...(EndDate ? { endsAt: toMillis(EndDate) } : {}),
  };
  assertValidTimes(record);
  return record;
}

/** Refused are expressions and zones that cannot be read, and dates in the wrong order. */
function assertValidTimes(record: ScheduleRecord): void {
  const { ScheduleExpressionTimezone: zone } = record.input;
  if (zone !== undefined && !isTimezone(zone)) throw invalid(`Invalid Schedule Expression Timezone ${zone}.`);
  const { startsAt, endsAt } = record;
  if (startsAt !== undefined && endsAt !== undefined && endsAt <= startsAt)
    throw invalid('The StartDate you specify must come before the EndDate.');
  try {
    scheduleOf(record);
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    throw new AwsError('ValidationException', `Invalid Schedule Expression ${error.expression}.`);
  }
}

function isTimezone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function assertValidWindow({ Mode, MaximumWindowInMinutes: minutes }: FlexibleTimeWindow): void {
  if (Mode === 'OFF' && minutes !== undefined)
    throw invalid('MaximumWindowInMinutes must not be set when Mode is OFF.');
  if (Mode === 'FLEXIBLE' && !(minutes !== undefined && minutes >= 1 && minutes <= 1_440))
    throw invalid('MaximumWindowInMinutes must be between 1 and 1440 when Mode is FLEXIBLE.');
}

function assertValidRetries({
  MaximumRetryAttempts: attempts = 185,
  MaximumEventAgeInSeconds: age = 86_400,
}: RetryPolicy): void {
  const refuse = (name: string, value: number, [min, max]: readonly [number, number]) => {
    if (value < min || value > max)
      throw invalid(
        `1 validation error detected: Value '${value}' at 'target.retryPolicy.${name}' failed to satisfy constraint: Member must have value ${value < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`}`,
      );
  };
  refuse('maximumRetryAttempts', attempts, [0, 185]);
  refuse('maximumEventAgeInSeconds', age, [60, 86_400]);
}

const invalid = (message: string) => new AwsError('ValidationException', message);
