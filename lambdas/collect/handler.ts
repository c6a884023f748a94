import { collectInput } from '../../lib/tasks/collect';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { collect } from './collect';

export const handler = task(collectInput, async (input, { requestId, log }) => {
  const answer = await collect(input, { s3: s3(), workBucket: environment('WORK_BUCKET'), attempt: requestId });
  if (answer.failedCount > 0) log.warn(`${answer.failedCount} partitions failed`, { failed: answer.failed });
  return answer;
});
