/** CloudFormation deletes empty buckets only. */
import { DeleteObjectsCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';

/**
 * Deletes every object in every version.
 *
 * @returns how many versions were there
 * @throws {Error} when the time is up: what is deleted is deleted, another attempt goes on
 */
export async function emptyBucket(client: S3Client, bucket: string, hasTime: () => boolean): Promise<number> {
  let deleted = 0;
  try {
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await client.send(
        // Always the first page: what was on it is gone.
        new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1000 }),
      );
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) return deleted;
      if (!hasTime())
        throw new Error(
          `${deleted.toLocaleString('en')} versions of objects in ${bucket} are deleted, and there are more. Destroy the stack again: it goes on.`,
        );
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      if (Errors.length > 0)
        throw new Error(`${Errors[0]!.Key} in ${bucket} cannot be deleted: ${Errors[0]!.Code} ${Errors[0]!.Message}`);
      deleted += Objects.length;
    }
  } catch (error) {
    // Somebody has deleted it by hand.
    if ((error as Error).name === 'NoSuchBucket') return deleted;
    throw error;
  }
}
