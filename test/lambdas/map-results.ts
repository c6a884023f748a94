import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** What Step Functions writes of a Distributed Map into the work bucket: outputs of children, and partitions whose children failed. */
export async function mapResults(
  s3: S3Client,
  folder: string,
  succeeded: readonly unknown[],
  failed: readonly object[],
): Promise<{ Bucket: string; Key: string }> {
  const put = async (file: string, content: unknown) => {
    const Key = `${folder}/${file}`;
    await s3.send(new PutObjectCommand({ Bucket: 'work', Key, Body: JSON.stringify(content) }));
    return { Key, Size: 1 };
  };
  const failures = failed.map((partition) => ({
    Input: JSON.stringify({ partition }),
    Error: 'SourceUnavailable',
    Cause: JSON.stringify({ errorType: 'SourceUnavailable', errorMessage: 'It does not answer.' }),
    Status: 'FAILED',
  }));
  const { Key } = await put('manifest.json', {
    DestinationBucket: 'work',
    MapRunArn: 'arn',
    ResultFiles: {
      SUCCEEDED: succeeded.length > 0 ? [await put('SUCCEEDED_0.json', succeeded)] : [],
      FAILED: failures.length > 0 ? [await put('FAILED_0.json', failures)] : [],
      PENDING: [],
    },
  });
  return { Bucket: 'work', Key };
}
