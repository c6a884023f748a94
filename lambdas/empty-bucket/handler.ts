import * as z from 'zod/mini';
import { s3 } from '../shared/clients';
import { putAnswer } from '../shared/put-answer';
import { task } from '../shared/task';
import { emptyBucket } from './empty-bucket';

/** CloudFormation's event for a custom resource: it waits until somebody puts an answer to the URL. */
const event = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.string(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.optional(z.string()),
  ResourceProperties: z.object({ BucketName: z.string() }),
});

/** For the answer, when it is not done. */
const SPARE_MS = 20_000;

export const handler = task(event, async (request, { log, remainingMs }) => {
  const { StackId, RequestId, LogicalResourceId, RequestType } = request;
  const { BucketName: bucket } = request.ResourceProperties;
  const answer = (result: { Status: 'SUCCESS' } | { Status: 'FAILED'; Reason: string }) =>
    putAnswer(
      request.ResponseURL,
      JSON.stringify({ StackId, RequestId, LogicalResourceId, PhysicalResourceId: `emptied:${bucket}`, ...result }),
    );
  try {
    if (RequestType === 'Delete') {
      const deleted = await emptyBucket(s3(), bucket, () => remainingMs() > SPARE_MS);
      log.info('Emptied', { bucket, deleted });
    }
  } catch (error) {
    log.error('The bucket is not empty', error as Error);
    await answer({ Status: 'FAILED', Reason: (error as Error).message.slice(0, 1_000) });
    return;
  }
  await answer({ Status: 'SUCCESS' });
});
