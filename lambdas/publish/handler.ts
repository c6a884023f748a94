import { type PublishInput, publishInput } from '../../lib/tasks/publish';
import { postgresServices } from '../shared/postgres-services';
import { statementServices } from '../shared/statement-services';
import { task } from '../shared/task';
import { publishPostgres } from './publish-postgres';
import { publishRedshift } from './publish-redshift';
import { publishModel } from './redshift-model';

export const handler = task(publishInput, async (input, { log }) => {
  if (!isRedshift(input)) return publishPostgres(input, postgresServices());
  const services = statementServices();
  const status = 'model' in input ? await publishModel(input, services) : await publishRedshift(input, services);
  log.info(`The publication in Redshift: ${status}`, { sink: input.sink.id });
  return { status };
});

function isRedshift(input: PublishInput): input is Extract<PublishInput, { taskToken: string }> {
  return 'taskToken' in input;
}
