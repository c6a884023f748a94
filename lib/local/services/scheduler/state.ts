/** The schedules, their timers, and the invocations that they owe. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { CreateScheduleInput, Target } from '@aws-sdk/client-scheduler';
import { type Delivery, openDeliveries } from '../../events/deliveries';
import { parseSchedule, type Schedule } from '../../events/schedule';
import { principalOf, sendDeadLetter } from '../../events/targets';
import { createTimers } from '../../events/timers';
import { AwsError, type CloudContext } from '../../service';
import { openTable, type Table } from '../../store';
import type { State } from '../stateful';
import { isoSeconds } from '../timestamps';
import { invokeScheduled } from './invoke';

export const SCHEDULER_PRINCIPAL = 'scheduler.amazonaws.com';
export const DEFAULT_GROUP = 'default';

export interface ScheduleRecord {
  readonly name: string;
  readonly group: string;
  readonly arn: string;
  /** of the request that has created it */
  readonly clientToken?: string;
  /** as CreateSchedule takes it, times in milliseconds */
  readonly input: Omit<CreateScheduleInput, 'Name' | 'GroupName' | 'ClientToken' | 'StartDate' | 'EndDate'>;
  readonly startsAt?: number;
  readonly endsAt?: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** a one-time schedule that has run */
  readonly completed?: boolean;
}

/** One invocation on its way. */
export interface OwedInvocation {
  readonly scheduleArn: string;
  readonly target: Target;
  readonly dueAt: number;
  readonly executionId: string;
}

export interface Group {
  readonly name: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface SchedulerState extends State {
  readonly schedules: Table<ScheduleRecord>;
  /** besides the default one */
  readonly groups: Table<Group>;
  /** Throws ResourceNotFoundException. */
  group(name: string | undefined): Group;
  schedule(name: string | undefined, group: string | undefined): ScheduleRecord;
  find(name: string | undefined, group: string | undefined): ScheduleRecord | undefined;
  put(schedule: ScheduleRecord): Promise<void>;
  remove(schedule: ScheduleRecord): Promise<void>;
}

export const scheduleArn = ({ region, account }: CloudContext, group = DEFAULT_GROUP, name = '') =>
  `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;

export const groupArn = ({ region, account }: CloudContext, name = '') =>
  `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`;

export async function openScheduler(cloud: CloudContext, folder: string): Promise<SchedulerState> {
  const { clock } = cloud;
  const log = (line: string) => cloud.log(`scheduler: ${line}`);
  const schedules = await openTable<ScheduleRecord>(join(folder, 'schedules.ndjson'));
  const groups = await openTable<Group>(join(folder, 'groups.ndjson'));
  const openedAt = clock.now();
  const timers = createTimers(clock, log);
  const deliveries = await openDeliveries<OwedInvocation>({
    file: join(folder, 'invocations.ndjson'),
    clock,
    log,
    attempt: (delivery) => invokeScheduled(cloud, delivery),
    async giveUp(given) {
      const { scheduleArn, target, dueAt } = given.delivery.payload;
      log(`${scheduleArn} could not reach ${target.Arn}: ${given.error.code} ${given.error.message}`);
      const queueArn = target.DeadLetterConfig?.Arn;
      if (!queueArn) return;
      const attributes = { SCHEDULE_ARN: scheduleArn, TARGET_ARN: target.Arn ?? '', SCHEDULED_TIME: isoSeconds(dueAt) };
      const principal = principalOf(target.RoleArn, callerOf(given.delivery));
      await sendDeadLetter(cloud, principal, { queueArn, body: target.Input ?? '{}', attributes }, given);
    },
  });

  const start = (record: ScheduleRecord) => {
    timers.clear(record.arn);
    if (record.input.State === 'DISABLED' || record.completed) return;
    timers.set(record.arn, boundedSchedule(record), async (dueAt) => {
      const current = schedules.get(record.arn);
      const target = current?.input.Target;
      if (!current || !target) return;
      const { MaximumRetryAttempts = 185, MaximumEventAgeInSeconds = 86_400 } = target.RetryPolicy ?? {};
      const payload: OwedInvocation = { scheduleArn: current.arn, target, dueAt, executionId: randomUUID() };
      const policy = { maximumRetryAttempts: MaximumRetryAttempts, maximumEventAgeSeconds: MaximumEventAgeInSeconds };
      await deliveries.add([{ payload, policy }]);
      const isOver = isOneTime(current) || boundedSchedule(current).next(dueAt) === undefined;
      if (!isOver) return;
      if (current.input.ActionAfterCompletion === 'DELETE') await schedules.delete(current.arn);
      else if (isOneTime(current)) await schedules.set(current.arn, { ...current, completed: true });
    });
  };

  const find = (name: string | undefined, group: string | undefined) => schedules.get(scheduleArn(cloud, group, name));
  return {
    schedules,
    groups,
    group(name = DEFAULT_GROUP) {
      const found = groups.get(name);
      if (found) return found;
      if (name !== DEFAULT_GROUP)
        throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404);
      return { name, arn: groupArn(cloud, name), tags: {}, createdAt: openedAt };
    },
    find,
    ready() {
      deliveries.resume();
      for (const record of schedules.values()) start(record);
    },
    schedule(name, group) {
      const found = find(name, group);
      if (!found) throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
      return found;
    },
    async put(record) {
      await schedules.set(record.arn, record);
      start(record);
    },
    async remove({ arn }) {
      timers.clear(arn);
      await schedules.delete(arn);
    },
    async close() {
      await timers.close();
      await deliveries.close();
      await schedules.close();
      await groups.close();
    },
  };
}

/** `arn:aws:scheduler:<region>:<account>:schedule-group/<name>` */
export const groupOfArn = (arn = ''): string => arn.replace(/^.*:schedule-group\//, '');

export const groupSummary = ({ name, arn, createdAt }: Group) => ({
  Name: name,
  Arn: arn,
  State: 'ACTIVE' as const,
  CreationDate: new Date(createdAt),
  LastModificationDate: new Date(createdAt),
});

export const callerOf = ({ payload }: Delivery<OwedInvocation>) => ({
  service: SCHEDULER_PRINCIPAL,
  sourceArn: payload.scheduleArn,
  executionName: payload.executionId,
});

const isOneTime = ({ input }: ScheduleRecord) => input.ScheduleExpression?.startsWith('at(') ?? false;

export function scheduleOf({
  input,
  startsAt,
  modifiedAt,
}: Pick<ScheduleRecord, 'input' | 'startsAt' | 'modifiedAt'>): Schedule {
  return parseSchedule(input.ScheduleExpression ?? '', {
    startsAt: startsAt ?? modifiedAt,
    allowAt: true,
    ...(input.ScheduleExpressionTimezone ? { timezone: input.ScheduleExpressionTimezone } : {}),
  });
}

/** Within the start and end dates. What runs once is made up for when the cloud was down at its time. */
function boundedSchedule(record: ScheduleRecord): Schedule {
  const schedule = scheduleOf(record);
  const { startsAt = 0, endsAt = Number.POSITIVE_INFINITY } = record;
  if (isOneTime(record)) {
    let due = schedule.next(record.modifiedAt - 1);
    return {
      next() {
        const once = due;
        due = undefined;
        return once;
      },
    };
  }
  return {
    next(after) {
      const due = schedule.next(Math.max(after, startsAt - 1));
      return due !== undefined && due <= endsAt ? due : undefined;
    },
  };
}
