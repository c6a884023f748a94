import { type GatherPlan, gatherPlan } from '../../lib/tasks/gather';
import { alertServices, sendAlert } from '../shared/alerts/send';
import { dynamoDb, s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { gather, gatherInput } from './gather';

let plan: GatherPlan | undefined;

export const handler = task(gatherInput, async (input, context) => {
  plan ??= gatherPlan.parse(JSON.parse(environment('GATHER')));
  const { log, metric, requestId } = context;
  const answer = await gather(input, {
    pipeline: environment('PIPELINE'),
    plan,
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    s3: s3(),
    stepFunctions: stepFunctions(),
    landingBucket: environment('LANDING_BUCKET'),
    workBucket: environment('WORK_BUCKET'),
    stateMachineArn: environment('STATE_MACHINE_ARN'),
    timerArn: environment('GATHER_TIMER_ARN'),
    requestId,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    tell: async (alert) => {
      await sendAlert(alert, alertServices(context));
      metric('LateInputs', 1);
    },
    log: (line, about) => (about ? log.info(line, { ...about }) : log.info(line)),
  });
  // So that the alarm ends when the files of the next day are there in time.
  if ('late' in answer && answer.late === 0) metric('LateInputs', 0);
  return answer;
});
