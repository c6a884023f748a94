import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import * as z from 'zod/mini';
import { statementServices } from '../shared/statement-services';
import { task } from '../shared/task';
import { sweepRuns } from './sweep-runs';
import { sweepStaging } from './sweep-staging';
import { sweepStatements } from './sweep-statements';

const events = new EventBridgeClient({});

export const handler = task(z.unknown(), async (_event, { log }) => {
  const services = statementServices();
  const results = await Promise.allSettled([
    sweepStatements(services),
    sweepRuns({ ...services, events }),
    sweepStaging(services),
  ]);
  const [statements, runs, stagingTables] = results.map((result) => (result.status === 'fulfilled' ? result.value : 0));
  log.info('Swept', { statements, runs, stagingTables });
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return { statements, runs, stagingTables };
});
