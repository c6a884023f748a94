import type {
  DeletedObject,
  _Error as DeleteError,
  DeleteObjectOutput,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
} from '@aws-sdk/client-s3';
import { AwsError } from '../../../service';
import { malformedXml } from '../errors';
import type { S3Operation } from '../objects';

const MAX_OBJECTS = 1000;

export const deleteObjects: S3Operation<DeleteObjectsRequest, DeleteObjectsOutput> = (s3) => ({
  // Each key is asked for by itself: what may not be deleted is told among the errors, and the others go.
  authorize: () => [],
  async handle({ Bucket = '', Delete }, context) {
    const objects = Delete?.Objects ?? [];
    if (objects.length === 0 || objects.length > MAX_OBJECTS || objects.some(({ Key }) => !Key)) throw malformedXml();
    s3.store.bucket(Bucket);
    const results = await Promise.all(
      objects.map(async ({ Key = '', VersionId, ETag }): Promise<{ deleted?: DeletedObject; error?: DeleteError }> => {
        try {
          const input = { Bucket, Key, VersionId, ...(ETag !== undefined && { IfMatch: ETag }) };
          const { DeleteMarker, VersionId: made } = (await context.cloud.call(
            context.principal,
            's3',
            'DeleteObject',
            input,
          )) as DeleteObjectOutput;
          const marker = DeleteMarker ? { DeleteMarker, DeleteMarkerVersionId: made } : undefined;
          return { deleted: { Key, ...(VersionId !== undefined && { VersionId }), ...marker } };
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          return { error: { Key, VersionId, Code: error.code, Message: error.message } };
        }
      }),
    );
    const errors = results.flatMap(({ error }) => (error ? [error] : []));
    return {
      ...(!Delete?.Quiet && { Deleted: results.flatMap(({ deleted }) => (deleted ? [deleted] : [])) }),
      ...(errors.length > 0 && { Errors: errors }),
    };
  },
});
