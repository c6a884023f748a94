import { AwsError } from '../../service';

/** An error of S3, with the headers that some of them carry. */
export class S3Error extends AwsError {
  constructor(
    code: string,
    message: string,
    status: number,
    fields: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message, status, fields);
  }
}

export const noSuchBucket = (BucketName: string) =>
  new S3Error('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName });

export const noSuchKey = (Key: string, headers?: Record<string, string>) =>
  new S3Error('NoSuchKey', 'The specified key does not exist.', 404, { Key }, headers);

export const noSuchVersion = (Key: string, VersionId: string) =>
  new S3Error('NoSuchVersion', 'The specified version does not exist.', 404, { Key, VersionId });

export const noSuchUpload = (UploadId: string) =>
  new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    404,
    { UploadId },
  );

export const preconditionFailed = (Condition: string) =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, {
    Condition,
  });

export const notImplementedHeader = (Header: string) =>
  new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', 501, { Header });

export const notModified = (headers: Record<string, string>) =>
  new S3Error('NotModified', 'Not Modified', 304, {}, headers);

export const invalidArgument = (message: string, ArgumentName: string, ArgumentValue: unknown) =>
  new S3Error('InvalidArgument', message, 400, { ArgumentName, ArgumentValue });

export const invalidRange = (RangeRequested: string, ActualObjectSize: number) =>
  new S3Error(
    'InvalidRange',
    'The requested range is not satisfiable',
    416,
    { RangeRequested, ActualObjectSize },
    { 'content-range': `bytes */${ActualObjectSize}` },
  );

export const badDigest = (what: string, expected: string, calculated: string) =>
  new S3Error(
    'BadDigest',
    `The ${what} you specified did not match ${what === 'Content-MD5' ? 'what we received' : 'the calculated checksum'}.`,
    400,
    {
      ExpectedDigest: expected,
      CalculatedDigest: calculated,
    },
  );

export const entityTooLarge = (MaxSizeAllowed: number) =>
  new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.', 400, {
    MaxSizeAllowed,
  });

export const malformedXml = () =>
  new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
    400,
  );

/** The state on disk could not be written: memory and disk differ until the next start. */
export class StorageFailedError extends S3Error {
  constructor(cause: unknown) {
    super(
      'InternalError',
      `The local S3 could not write its state (${(cause as Error).message}). Make room on the disk and start the cloud again.`,
      500,
    );
    this.cause = cause;
  }
}
