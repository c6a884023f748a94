import { publishDynamoInput } from '../../lib/tasks/publish';
import { dynamoDb, dynamoDbWriter, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { publishDynamo } from './publish';

export const handler = task(publishDynamoInput, async (input, { requestId, remainingMs, log }) => {
  const output = await publishDynamo(input, {
    client: dynamoDbWriter(),
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
    remainingMs,
    now: Date.now,
  });
  log.info(output.checkpoint ? 'Published in part' : 'Published', { sink: input.sink.id, ...output });
  return output;
});
