import { publishKeyspacesInput } from '../../lib/tasks/publish';
import { dynamoDb, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { sharedClient } from '../shared/keyspaces/connect';
import { NO_CASSANDRA } from '../shared/keyspaces/off';
import { task } from '../shared/task';
import { publishKeyspaces } from './publish';

export const handler = task(publishKeyspacesInput, async (input, { requestId, remainingMs, log }) => {
  const sink = input.sink.id;
  const client = sharedClient();
  if (client === undefined) {
    log.warn('Not published', { sink, off: NO_CASSANDRA });
    return { checkpoint: null, published: { sink, rows: 0, changed: false, off: NO_CASSANDRA } };
  }
  const output = await publishKeyspaces(input, {
    client,
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
    remainingMs,
    now: Date.now,
  });
  log.info(output.checkpoint ? 'Published in part' : 'Published', { ...output, sink });
  return output;
});
