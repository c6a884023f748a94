import * as z from 'zod/mini';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { failureEvent, reportFailure } from './report';
import { reportSuccess, successEvent } from './report-success';
import { reportServices } from './services';

const event = z.union([failureEvent, successEvent]);

export const handler = task(event, async (given, context) => {
  const pipeline = environment('PIPELINE');
  const services = reportServices(context);
  const status = isSuccess(given)
    ? await reportSuccess(pipeline, given, services)
    : await reportFailure(pipeline, given, services);
  context.log.info(`The ${isSuccess(given) ? 'success' : 'failure'} of run ${given.detail.name}: ${status}`);
  return { status };
});

const isSuccess = (given: z.infer<typeof event>): given is z.infer<typeof successEvent> =>
  given.detail.status === 'SUCCEEDED';
