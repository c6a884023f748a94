import * as z from 'zod/mini';
import { alertServices } from '../shared/alerts/send';
import { dynamoDb, eventBridge, redshiftData, s3, scheduler, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { redshiftAs, redshiftDatabase } from '../shared/statement-services';
import { task } from '../shared/task';
import { sweepAlerts } from './sweep-alerts';
import { sweepGatherings } from './sweep-gatherings';
import { sweepRuns } from './sweep-runs';
import { sweepSchedules } from './sweep-schedules';
import { sweepStaging } from './sweep-staging';
import { sweepStatements } from './sweep-statements';
import { sweepStreams } from './sweep-streams';
import { sweepTurns } from './sweep-turns';

export const handler = task(z.unknown(), async (_event, context) => {
  const { log } = context;
  const services = {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    stepFunctions: stepFunctions(),
    now: Date.now,
  };
  // As the database's administrator, since staging tables belong to the users of all pipelines.
  const target = { ...redshiftDatabase(), secretArn: environment('REDSHIFT_SECRET_ARN') };
  const results = await Promise.allSettled([
    sweepStatements({ ...services, redshiftAs }),
    sweepRuns({ ...services, events: eventBridge() }),
    sweepStaging({ ...services, redshift: { client: redshiftData(), target } }),
    sweepTurns(services),
    sweepAlerts(alertServices(context)),
    sweepSchedules({ ...services, scheduler: scheduler() }),
    sweepGatherings({ ...services, events: eventBridge() }),
    sweepStreams({
      ...services,
      s3: s3(),
      workBucket: environment('WORK_BUCKET'),
      landingBucket: environment('LANDING_BUCKET'),
    }),
  ]);
  const [statements, runs, stagingTables, turns, alerts, lateSchedules, gatherings, stagedBatches] = results.map(
    (result) => (result.status === 'fulfilled' ? result.value : 0),
  );
  log.info('Swept', { statements, runs, stagingTables, turns, alerts, lateSchedules, gatherings, stagedBatches });
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return { statements, runs, stagingTables, turns, alerts, lateSchedules, gatherings, stagedBatches };
});
