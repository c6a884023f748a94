import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ExchangeAnswer, ExchangeRequest } from '../../postgres/exchange';
import { AwsError, type CloudContext } from '../../service';
import type { Clusters } from './clusters';

interface S3Object {
  readonly Body: AsyncIterable<Uint8Array> | Uint8Array;
  readonly ContentEncoding?: string;
}

/** Fetches the object of an `aws_s3.table_import_from_s3` as the cluster's role, so that IAM decides; gzip is undone as Aurora does it. */
export async function importFromS3(
  cloud: CloudContext,
  clusters: Clusters,
  { database, bucket, key, region }: ExchangeRequest,
  dataFile: string,
): Promise<ExchangeAnswer> {
  const roleArn = clusters.ofDatabase(database)?.s3ImportRoles.at(-1);
  if (!roleArn) {
    return {
      error: "credentials stored with the database cluster can't be accessed",
      hint: 'Has the IAM role Amazon Resource Name (ARN) been associated with the feature-name "s3Import"?',
    };
  }
  if (region && region !== cloud.region) return { error: `HTTP 301. The bucket is not in region ${region}.` };
  try {
    const object = (await cloud.call({ kind: 'role', roleArn, sessionName: 'aurora-s3-import' }, 's3', 'GetObject', {
      Bucket: bucket,
      Key: key,
    })) as S3Object;
    let bytes = 0;
    const counted = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        bytes += chunk.length;
        yield chunk;
      }
    };
    const source =
      object.Body instanceof Uint8Array
        ? Readable.from([object.Body])
        : Readable.from(object.Body as AsyncIterable<Uint8Array>);
    const target = createWriteStream(dataFile, { mode: 0o644 });
    if (object.ContentEncoding?.includes('gzip')) await pipeline(source, counted, createGunzip(), target);
    else await pipeline(source, counted, target);
    return { bytes };
  } catch (error) {
    return { error: explain(error, bucket, key) };
  }
}

function explain(error: unknown, bucket: string, key: string): string {
  if (!(error instanceof AwsError)) return `Unable to read s3://${bucket}/${key}: ${(error as Error).message}`;
  if (['AccessDenied', 'AccessDeniedException'].includes(error.code)) {
    return `HTTP 403. Permission denied. Check bucket or provided credentials as they may no longer be valid. (s3://${bucket}/${key}: ${error.message})`;
  }
  if (['NoSuchKey', 'NoSuchBucket', 'NotFound'].includes(error.code)) {
    return `HTTP 404. The requested resource s3://${bucket}/${key} does not exist. (${error.code})`;
  }
  return `HTTP ${error.status}. s3://${bucket}/${key}: ${error.message}`;
}
