import { concludeBackfillInput } from '../../lib/tasks/backfill';
import { dynamoDb, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { concludeBackfill } from './conclude';

export const handler = task(concludeBackfillInput, async (input, { log }) => {
  const counts = await concludeBackfill(input, {
    s3: s3(),
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    now: Date.now,
  });
  log.info(`Backfill ${input.id} has ended`, { ...counts });
  return counts;
});
