import { environment } from '../shared/environment';
import { statementServices } from '../shared/statement-services';
import { task } from '../shared/task';
import { finish, statementEvent } from './finish';

export const handler = task(statementEvent, async (event, { log }) => {
  const status = await finish(environment('PIPELINE'), event, statementServices());
  log.info(`The end of a statement: ${status}`, { statement: event.detail.statementName });
  return { status };
});
