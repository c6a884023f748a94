/** What every operation of S3 asks of a request before it is authorised: what no bucket takes, and what the local S3 does not do. */
import type { Operation } from '../../service';
import { notImplementedHeader, S3Error } from './errors';

const MAX_KEY_BYTES = 1024;

const STORAGE_CLASSES = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
  'EXPRESS_ONEZONE',
]);

/** They would be kept out of sight, and the object would not be what its writer takes it for. */
const REFUSED: Readonly<Record<string, string>> = {
  SSECustomerAlgorithm: 'x-amz-server-side-encryption-customer-algorithm',
  SSECustomerKey: 'x-amz-server-side-encryption-customer-key',
  CopySourceSSECustomerKey: 'x-amz-copy-source-server-side-encryption-customer-key',
  ObjectLockMode: 'x-amz-object-lock-mode',
  ObjectLockRetainUntilDate: 'x-amz-object-lock-retain-until-date',
  ObjectLockLegalHoldStatus: 'x-amz-object-lock-legal-hold',
  ObjectLockEnabledForBucket: 'x-amz-bucket-object-lock-enabled',
  WriteOffsetBytes: 'x-amz-write-offset-bytes',
  GrantFullControl: 'x-amz-grant-full-control',
  GrantRead: 'x-amz-grant-read',
  GrantReadACP: 'x-amz-grant-read-acp',
  GrantWrite: 'x-amz-grant-write',
  GrantWriteACP: 'x-amz-grant-write-acp',
};

/** The same operations, which ask first. */
export function askingFirst(operations: Readonly<Record<string, Operation>>): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {
        ...operation,
        authorize(input, context) {
          checkRequest(input ?? {}, context.cloud.account);
          return operation.authorize(input, context);
        },
      },
    ]),
  );
}

function checkRequest(input: Readonly<Record<string, unknown>>, account: string): void {
  for (const member of ['ExpectedBucketOwner', 'ExpectedSourceBucketOwner'])
    if (input[member] !== undefined && input[member] !== account)
      throw new S3Error('AccessDenied', 'Access Denied', 403);
  for (const [member, header] of Object.entries(REFUSED))
    if (input[member] !== undefined && input[member] !== false) throw notImplementedHeader(header);
  const { Key, StorageClass } = input;
  const bytes = typeof Key === 'string' ? Buffer.byteLength(Key, 'utf8') : 0;
  if (bytes > MAX_KEY_BYTES)
    throw new S3Error('KeyTooLongError', 'Your key is too long', 400, { Size: bytes, MaxSizeAllowed: MAX_KEY_BYTES });
  if (typeof StorageClass === 'string' && !STORAGE_CLASSES.has(StorageClass))
    throw new S3Error('InvalidStorageClass', 'The storage class you specified is not valid', 400, {
      StorageClassRequested: StorageClass,
    });
}
