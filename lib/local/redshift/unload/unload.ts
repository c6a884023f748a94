import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, FieldDef } from 'pg';
import { RAW_TYPES } from '../../postgres/client';
import { RedshiftError, UnsupportedLocally } from '../errors';
import type { CopyContext } from '../load/copy';
import { reading, type S3 } from '../load/objects';
import type { UnloadStatement } from '../unload-statement';
import { openFiles, type UnloadedFile } from './files';
import { writeManifest } from './manifest';

const BATCH_ROWS = 5_000;

/** Runs an UNLOAD. `query` is its query in PostgreSQL's SQL. Returns the rows that it wrote. */
export async function runUnload(
  client: Client,
  unload: UnloadStatement,
  query: string,
  context: CopyContext,
): Promise<number> {
  const { region } = unload.options;
  if (region !== undefined && region !== context.region) throw new UnsupportedLocally(`UNLOAD to region ${region}`);
  const s3 = context.s3As(unload.iamRole);
  // Files are named below the prefix; partitions are folders of it.
  const prefix =
    unload.options.partitionBy.length > 0 && unload.prefix !== '' && !unload.prefix.endsWith('/')
      ? `${unload.prefix}/`
      : unload.prefix;
  await makeRoom(unload, prefix, s3);

  const folder = join(context.workDir, randomUUID());
  await mkdir(folder, { recursive: true });
  await client.query(`DECLARE "stepwell unload" NO SCROLL CURSOR FOR ${query}`);
  try {
    const fetch = () =>
      client.query<(string | null)[]>({
        text: `FETCH ${BATCH_ROWS} FROM "stepwell unload"`,
        rowMode: 'array',
        types: RAW_TYPES,
      });
    let batch = await fetch();
    const columns = partitionColumns(batch.fields, unload);
    const files = openFiles(unload, { ...columns, fields: batch.fields, prefix, folder });
    let rows = 0;
    while (batch.rows.length > 0) {
      for (const row of batch.rows) files.write(row);
      rows += batch.rows.length;
      batch = await fetch();
    }
    const written: UnloadedFile[] = [];
    for await (const file of files.finish()) {
      const { stream, ...about } = file;
      await reading(() =>
        s3('PutObject', { Bucket: unload.bucket, Key: file.key, Body: stream(), ContentLength: file.bytes }),
      );
      written.push({ ...about, stream });
    }
    if (unload.options.manifest) await writeManifest(unload, prefix, written, batch.fields, s3);
    return rows;
  } finally {
    // In a failed transaction this fails too, and the rollback closes the cursor.
    await client.query('CLOSE "stepwell unload"').catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** What lies there already must not mix with what comes. */
async function makeRoom({ bucket, options }: UnloadStatement, prefix: string, s3: S3): Promise<void> {
  if (options.allowOverwrite) return;
  for (;;) {
    const page = await reading(() =>
      s3<{ Contents?: { Key: string }[] }>('ListObjectsV2', { Bucket: bucket, Prefix: prefix }),
    );
    const keys = (page.Contents ?? []).map(({ Key }) => Key);
    if (keys.length === 0) return;
    if (!options.cleanPath) {
      throw new RedshiftError(
        'Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE option.',
      );
    }
    for (const Key of keys) await reading(() => s3('DeleteObject', { Bucket: bucket, Key }));
  }
}

function partitionColumns(fields: readonly FieldDef[], { options }: UnloadStatement) {
  const names = fields.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated && options.partitionBy.length > 0)
    throw new RedshiftError(`column name "${repeated}" is specified more than once`);
  const partition = options.partitionBy.map((name) => {
    const index = names.indexOf(name);
    if (index < 0) throw new RedshiftError(`Partition column "${name}" does not exist in the result of the query`);
    return index;
  });
  const kept = names.map((_name, index) => index).filter((index) => options.include || !partition.includes(index));
  if (kept.length === 0) throw new RedshiftError('At least one column must not be a partition column');
  return { partition, kept };
}
