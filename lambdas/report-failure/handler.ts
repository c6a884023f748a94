import * as z from 'zod/mini';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { failureEvent, reportFailure } from './report';
import { partialEvent, reportPartial } from './report-partial';
import { reportServices } from './services';

export const handler = task(z.union([failureEvent, partialEvent]), async (event, context) => {
  const pipeline = environment('PIPELINE');
  const services = reportServices(context);
  const status = isPartial(event)
    ? await reportPartial(pipeline, event, services)
    : await reportFailure(pipeline, event, services);
  context.log.info(`The ${isPartial(event) ? 'missing partitions' : 'failure'} of run ${event.detail.name}: ${status}`);
  return { status };
});

const isPartial = (
  event: z.infer<typeof failureEvent> | z.infer<typeof partialEvent>,
): event is z.infer<typeof partialEvent> => event.detail.status === 'SUCCEEDED';
