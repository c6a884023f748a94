import { extractRowsInput } from '../../lib/tasks/extract-rows';
import { dynamoDb, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { lazySecrets } from '../shared/lazy-secrets';
import { task } from '../shared/task';
import { extractDynamoDb, planDynamoDb } from './extract';

export const handler = task(extractRowsInput, async (input, { requestId, log, remainingMs }) => {
  if (input.action === 'plan') return planDynamoDb(input, { dynamoDb: dynamoDb() });
  const output = await extractDynamoDb(input, {
    dynamoDb: dynamoDb(),
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
    secrets: lazySecrets,
    remainingMs,
  });
  log.info('Extracted', { source: input.source.name, partition: input.partition.id, ...output.staged });
  return output;
});
