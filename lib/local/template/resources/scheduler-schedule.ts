import { createOrUpdate, number, physicalName, type ResourceHandler, record, refuseUntrusted, text } from '../resource';

export const schedulerSchedule: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const Name = physicalName(request, { explicit: properties.Name, max: 64 });
    const GroupName = text(properties.GroupName) ?? 'default';
    const window = record(properties.FlexibleTimeWindow);
    const target = record(properties.Target);
    const input = {
      Name,
      GroupName,
      Description: text(properties.Description),
      ScheduleExpression: properties.ScheduleExpression,
      ScheduleExpressionTimezone: text(properties.ScheduleExpressionTimezone),
      StartDate: date(properties.StartDate),
      EndDate: date(properties.EndDate),
      State: text(properties.State) ?? 'ENABLED',
      FlexibleTimeWindow: { Mode: window.Mode ?? 'OFF', MaximumWindowInMinutes: number(window.MaximumWindowInMinutes) },
      Target: {
        ...target,
        ...(target.RetryPolicy === undefined ? {} : { RetryPolicy: retryPolicy(target.RetryPolicy) }),
      },
    };
    const { region, account } = host.cloud;
    const arn = `arn:aws:scheduler:${region}:${account}:schedule/${GroupName}/${Name}`;
    refuseUntrusted(host, target.RoleArn, 'scheduler.amazonaws.com', arn);
    const { ScheduleArn } = await createOrUpdate(
      () => host.call<{ ScheduleArn: string }>('scheduler', 'CreateSchedule', input),
      ['ConflictException'],
      () => host.call<{ ScheduleArn: string }>('scheduler', 'UpdateSchedule', input),
    );
    return { physicalId: Name, attributes: { Arn: ScheduleArn } };
  },
  async remove({ resource, host }) {
    const GroupName = text(resource.properties.GroupName) ?? 'default';
    await host.call('scheduler', 'DeleteSchedule', { Name: resource.physicalId, GroupName });
  },
};

function retryPolicy(value: unknown): unknown {
  const { MaximumEventAgeInSeconds, MaximumRetryAttempts } = record(value);
  return {
    MaximumEventAgeInSeconds: number(MaximumEventAgeInSeconds),
    MaximumRetryAttempts: number(MaximumRetryAttempts),
  };
}

function date(value: unknown): Date | undefined {
  return value === undefined ? undefined : new Date(String(value));
}
