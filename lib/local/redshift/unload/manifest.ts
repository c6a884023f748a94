import type { FieldDef } from 'pg';
import { reading, type S3 } from '../load/objects';
import type { UnloadStatement } from '../unload-statement';
import type { UnloadedFile } from './files';

const BASES: Readonly<Record<number, string>> = {
  16: 'boolean',
  20: 'bigint',
  21: 'smallint',
  23: 'integer',
  700: 'real',
  701: 'double precision',
  1042: 'character',
  1082: 'date',
  1114: 'timestamp without time zone',
  1184: 'timestamp with time zone',
  1700: 'numeric',
  3802: 'super',
};

/** `<prefix>manifest`: the files' names, with their sizes for Parquet or if more was asked for. */
export async function writeManifest(
  { bucket, format, options }: UnloadStatement,
  prefix: string,
  files: readonly UnloadedFile[],
  fields: readonly FieldDef[],
  s3: S3,
): Promise<void> {
  const meta = options.verbose || format === 'PARQUET';
  const entries = files.map(({ key, bytes, rows }) => ({
    url: `s3://${bucket}/${key}`,
    ...(meta ? { meta: { content_length: bytes, ...(options.verbose ? { record_count: rows } : {}) } } : {}),
  }));
  const document = {
    entries,
    ...(options.verbose
      ? {
          schema: {
            elements: fields.map(({ name, dataTypeID }) => ({
              name,
              type: { base: BASES[dataTypeID] ?? 'character varying' },
            })),
          },
          meta: {
            content_length: files.reduce((sum, { bytes }) => sum + bytes, 0),
            record_count: files.reduce((sum, { rows }) => sum + rows, 0),
          },
          author: { name: 'Amazon Redshift', version: '1.0.0' },
        }
      : {}),
  };
  await reading(() => s3('PutObject', { Bucket: bucket, Key: `${prefix}manifest`, Body: JSON.stringify(document) }));
}
