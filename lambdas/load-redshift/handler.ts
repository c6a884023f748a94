import { loadRedshiftInput } from '../../lib/tasks/load';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { readManifests } from '../shared/manifest';
import { putBytes } from '../shared/objects';
import { statementServices } from '../shared/statement-services';
import { task } from '../shared/task';
import { loadRedshift } from './load';

export const handler = task(loadRedshiftInput, async (input, { log }) => {
  const workBucket = environment('WORK_BUCKET');
  const status = await loadRedshift(input, {
    ...statementServices(),
    workBucket,
    copyRoleArn: environment('REDSHIFT_COPY_ROLE_ARN'),
    readManifests: (refs) => readManifests(s3(), workBucket, refs),
    putOnce: async (key, body) => {
      try {
        await putBytes(s3(), workBucket, key, body, 'application/json');
      } catch (error) {
        if ((error as Error).name !== 'PreconditionFailed') throw error;
      }
    },
  });
  log.info(`The load into Redshift: ${status}`, { sink: input.sink.id });
  return { status };
});
