import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { failureEvent, reportFailure } from './report';
import { reportServices } from './services';

export const handler = task(failureEvent, async (event, context) => {
  const status = await reportFailure(environment('PIPELINE'), event, reportServices(context));
  context.log.info(`The failure of run ${event.detail.name}: ${status}`);
  return { status };
});
