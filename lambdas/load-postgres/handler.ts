import { loadPostgresInput } from '../../lib/tasks/load';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { readManifests } from '../shared/manifest';
import { postgresServices } from '../shared/postgres-services';
import { task } from '../shared/task';
import { loadPostgres } from './load';

export const handler = task(loadPostgresInput, (input) => {
  const workBucket = environment('WORK_BUCKET');
  return loadPostgres(input, {
    postgres: postgresServices(),
    workBucket,
    region: environment('AWS_REGION'),
    readManifests: (refs) => readManifests(s3(), workBucket, refs),
  });
});
