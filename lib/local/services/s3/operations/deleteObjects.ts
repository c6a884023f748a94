import type {
  DeletedObject,
  _Error as DeleteError,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
} from '@aws-sdk/client-s3';
import { AwsError } from '../../../service';
import { malformedXml } from '../errors';
import type { S3Operation } from '../objects';
import { deleteRequest, deleteVersion } from './deleteObject';

const MAX_OBJECTS = 1000;

export const deleteObjects: S3Operation<DeleteObjectsRequest, DeleteObjectsOutput> = (s3) => ({
  authorize: ({ Bucket, Delete }) =>
    (Delete?.Objects ?? []).map(({ Key, VersionId }) => deleteRequest(Bucket, Key, VersionId)),
  async handle({ Bucket = '', Delete }, context) {
    const objects = Delete?.Objects ?? [];
    if (objects.length === 0 || objects.length > MAX_OBJECTS || objects.some(({ Key }) => !Key)) throw malformedXml();
    s3.store.bucket(Bucket);
    const results = await Promise.all(
      objects.map(async ({ Key = '', VersionId }): Promise<{ deleted?: DeletedObject; error?: DeleteError }> => {
        try {
          const { DeleteMarker, VersionId: made } = await deleteVersion(s3, Bucket, Key, VersionId, context);
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
