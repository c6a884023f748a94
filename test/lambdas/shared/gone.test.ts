import { goneError } from '../../../lambdas/shared/gone';

const status = (httpStatusCode: number, name = 'Unknown') =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
const object = { bucket: 'landing', key: 'orders/a b.csv' };
const version = { ...object, versionId: 'v1' };

test.each([
  [
    'an absent key, seen with s3:ListBucket',
    status(404, 'NotFound'),
    object,
    's3://landing/orders/a b.csv does not exist: it was deleted before the run could read it, or the name is wrong. Put the file there again',
  ],
  [
    'an absent key, seen without it',
    status(403, 'Forbidden'),
    object,
    'does not exist, or the pipeline may not read it; S3 answers 403 for both. Where the name is right and the file is there, the bucket',
  ],
  [
    'a version deleted for good',
    status(404, 'NoSuchVersion'),
    version,
    's3://landing/orders/a b.csv (version v1) is gone: this version was deleted for good.',
  ],
  [
    'a delete marker by its version',
    status(405, 'MethodNotAllowed'),
    version,
    'is the mark of a deletion: the file was deleted.',
  ],
  ['a version id that S3 never gave', status(400, 'BadRequest'), version, 'that is no version id'],
  [
    'other content in a bucket without versions',
    status(412, 'PreconditionFailed'),
    object,
    'holds other content than when the run was admitted',
  ],
])('%s is said in words', (_, error, at, message) => {
  expect(goneError(error, at)).toMatchObject({
    name: 'UnreadableFile',
    cause: error,
    message: expect.stringContaining(message),
  });
});

test.each([
  ['a throttle', status(503, 'SlowDown')],
  ['a broken connection', new Error('socket hang up')],
  ['a bad request without a version', status(400, 'BadRequest')],
])('%s stays what it is, so that it is tried again', (_, error) => {
  expect(goneError(error, object)).toBeUndefined();
});
