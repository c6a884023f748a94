import { publishLakeInput } from '../../lib/tasks/load';
import { dynamoDb, glue, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { readDocument } from '../shared/manifest';
import { task } from '../shared/task';
import { publishLake } from './publish';
import { stageLake } from './stage';
import { stagedLake } from './staged-lake';

export const handler = task(publishLakeInput, async (input, { requestId }) => {
  const workBucket = environment('WORK_BUCKET');
  const lakeBucket = environment('LAKE_BUCKET');
  if (input.action === 'stage') return stageLake(input, { s3: s3(), workBucket, lakeBucket, attempt: requestId });
  const { run, sink, staged } = input;
  return publishLake(run, sink, await readDocument(s3(), workBucket, staged, stagedLake), {
    glue: glue(),
    s3: s3(),
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    lakeBucket,
    attempt: requestId,
    now: Date.now,
  });
});
