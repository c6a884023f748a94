import { putRecordsInput } from '../../lib/tasks/put';
import { glue, kinesis, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { putRecords } from './put-records';

export const handler = task(putRecordsInput, async (input, { remainingMs, log }) => {
  const output = await putRecords(input, {
    kinesis: kinesis(),
    glue: glue(),
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    remainingMs,
  });
  log.info(output.checkpoint ? 'Put in part' : 'Put', { sink: input.sink.id, ...output });
  return output;
});
