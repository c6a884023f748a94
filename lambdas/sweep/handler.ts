import * as z from 'zod/mini';
import { eventBridge } from '../shared/clients';
import { statementServices } from '../shared/statement-services';
import { task } from '../shared/task';
import { sweepRuns } from './sweep-runs';
import { sweepStaging } from './sweep-staging';
import { sweepStatements } from './sweep-statements';

export const handler = task(z.unknown(), async (_event, { log }) => {
  const services = statementServices();
  const results = await Promise.allSettled([
    sweepStatements(services),
    sweepRuns({ ...services, events: eventBridge() }),
    sweepStaging(services),
  ]);
  const [statements, runs, stagingTables] = results.map((result) => (result.status === 'fulfilled' ? result.value : 0));
  log.info('Swept', { statements, runs, stagingTables });
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return { statements, runs, stagingTables };
});
