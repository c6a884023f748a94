import { GetScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { catchUpRun, type ForwardItem, forwardKey, LATE_MS, pauseKey } from '../../lib/tasks/catch-up';
import { intervalAt, nextFire } from '../../lib/tasks/fires';
import { getItem, type Ledger, queryOpen, updateItem } from '../shared/ledger';
import { startOnce } from '../shared/start-once';
import { eachOf } from './each-of';

const BATCH = 20;
const LOOK_AGAIN_MS = 15 * 60_000;

export interface SweepSchedules {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly scheduler: SchedulerClient;
  readonly now: () => number;
}

/**
 * Schedules that are late, of pipelines that catch up: starts the run of the latest interval in their place. Its Admit finds those that were
 * missed before it. A schedule that is disabled is not late. Returns how many runs it has started.
 */
export async function sweepSchedules(services: SweepSchedules): Promise<number> {
  const due = await queryOpen<ForwardItem>(services.ledger, 'schedule', iso(services.now()), BATCH);
  const started = await eachOf(due, ({ pipeline }) => sweepSchedule(pipeline, services));
  return started.filter(Boolean).length;
}

async function sweepSchedule(pipeline: string, services: SweepSchedules): Promise<boolean> {
  const { ledger, stepFunctions, now } = services;
  const item = await getItem<ForwardItem>(ledger, forwardKey(pipeline));
  // The index lags behind the table.
  if (item?.openPk !== 'schedule' || (item.dueAt ?? '') > iso(now())) return false;
  const change = (changes: Partial<ForwardItem>) =>
    updateItem(ledger, forwardKey(pipeline), changes, {
      expression: 'through = :through AND dueAt = :due',
      values: { ':through': item.through, ':due': item.dueAt },
    });
  const later = (time: number) => change({ dueAt: iso(time) });

  const deployed = await scheduleOf(item, services);
  const isGone = deployed === undefined;
  if (isGone || deployed.expression !== item.expression || deployed.timezone !== item.schedule.timezone) {
    // The next run of what is deployed now, if there is any, says how far it has come.
    await change({ openPk: undefined, dueAt: undefined });
    return false;
  }
  if (!deployed.enabled || (await getItem(ledger, pauseKey(pipeline)))) {
    await later(now() + LOOK_AGAIN_MS);
    return false;
  }
  const interval = intervalAt(item.schedule, new Date(now() - LATE_MS));
  const nextAfter = (time: string) => (nextFire(item.schedule, new Date(time))?.getTime() ?? now()) + LATE_MS;
  if (interval === undefined || interval.end <= item.through) {
    await later(Math.max(nextAfter(item.through), now() + LOOK_AGAIN_MS));
    return false;
  }
  const run = catchUpRun(interval);
  if (await startOnce(stepFunctions, item.stateMachineArn, run)) {
    await later(now() + LOOK_AGAIN_MS);
    return true;
  }
  // It has run, and has not noted how far it came: it has failed, which is told of, or the pipeline does not catch up any more.
  if (await hasSucceeded(item, run.name, services)) await change({ openPk: undefined, dueAt: undefined });
  else await later(nextAfter(interval.end));
  return false;
}

async function hasSucceeded(
  { stateMachineArn }: ForwardItem,
  name: string,
  { stepFunctions }: SweepSchedules,
): Promise<boolean> {
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const { status } = await stepFunctions.send(
    new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' }),
  );
  return status === 'SUCCEEDED';
}

/** It has the name of the state machine that it starts. Undefined: there is none. */
async function scheduleOf(
  { stateMachineArn }: ForwardItem,
  { scheduler }: SweepSchedules,
): Promise<{ enabled: boolean; expression: string | undefined; timezone: string | undefined } | undefined> {
  const Name = stateMachineArn.split(':').at(-1)!;
  try {
    const { State, ScheduleExpression, ScheduleExpressionTimezone } = await scheduler.send(
      new GetScheduleCommand({ Name }),
    );
    return { enabled: State !== 'DISABLED', expression: ScheduleExpression, timezone: ScheduleExpressionTimezone };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
