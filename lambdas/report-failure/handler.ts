import * as z from 'zod/mini';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { failureEvent, reportFailure } from './report';
import { reportSuccess, successEvent } from './report-success';
import { alarmEvent, reportUnheard } from './report-unheard';
import { reportServices } from './services';

export const handler = task(z.union([failureEvent, successEvent, alarmEvent]), async (event, context) => {
  const pipeline = environment('PIPELINE');
  const services = reportServices(context);
  if ('alarmData' in event) {
    const reported = await reportUnheard(pipeline, environment('STATE_MACHINE_ARN'), services);
    context.log.info(`The alarm ${event.alarmData.alarmName}: ${reported} failures that nobody had told of`);
    return { reported };
  }
  const { name } = event.detail;
  const status = isSuccess(event)
    ? await reportSuccess(pipeline, event, services)
    : await reportFailure(pipeline, event, services);
  context.log.info(`The ${isSuccess(event) ? 'success' : 'failure'} of run ${name}: ${status}`);
  return { status };
});

const isSuccess = (
  event: z.infer<typeof failureEvent> | z.infer<typeof successEvent>,
): event is z.infer<typeof successEvent> => event.detail.status === 'SUCCEEDED';
