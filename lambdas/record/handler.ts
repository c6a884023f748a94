import { recordInput } from '../../lib/tasks/record';
import { dynamoDb, s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { readManifests } from '../shared/manifest';
import { postgresServices } from '../shared/postgres-services';
import { readList } from '../shared/run-list';
import { statementServices } from '../shared/statement-services';
import { task } from '../shared/task';
import { turnServices } from '../shared/turn-services';
import { giveTurnOn } from '../shared/turns';
import { keepExtracted } from './keep-extracted';
import { keepStaged } from './keep-staged';
import { record } from './record';

export const handler = task(recordInput, (input, { metric, log, requestId }) => {
  const workBucket = environment('WORK_BUCKET');
  const ledger = { client: dynamoDb(), table: environment('LEDGER_TABLE') };
  return record(input, {
    ledger,
    readList: (list) => readList({ s3: s3(), workBucket }, list),
    readManifests: (refs) => readManifests(s3(), workBucket, refs),
    keepExtracted: (run, refs) => keepExtracted(run, refs, { s3: s3(), workBucket, attempt: requestId }),
    keepStaged: (run, models, documents) =>
      keepStaged(run, models, documents, { s3: s3(), workBucket, attempt: requestId }),
    metric,
    tellSuccess: process.env.TELL_SUCCESS === '1',
    warn: (line, error) => log.warn(line, error),
    now: Date.now,
    giveTurnOn:
      input.turn &&
      (({ pipeline, executionArn }) =>
        giveTurnOn(
          { owner: executionArn },
          turnServices(pipeline, { ledger, stepFunctions: stepFunctions(), now: Date.now }),
        )),
    // A pipeline without such a sink has no such database either.
    redshift: process.env.REDSHIFT_WORKGROUP ? statementServices().redshift : undefined,
    postgres: process.env.AURORA_CLUSTER_ARN ? postgresServices() : undefined,
  });
});
