import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { CopyStatement } from '../copy-statement';
import { UnsupportedLocally } from '../errors';
import { copyDelimited, loadFailed } from './delimited';
import { duckConnection } from './duck';
import { download, type S3, sourceObjects } from './objects';
import { copyParquet } from './parquet';
import { copyTarget, type TargetColumn } from './target';

/** A row of sys_load_error_detail. */
export interface LoadError {
  readonly line: number;
  readonly column?: TargetColumn;
  readonly code: number;
  readonly message: string;
  readonly raw?: string;
}

export interface RecordedLoadError extends LoadError {
  readonly file: string;
  readonly table: string;
  readonly tableId: number;
}

export interface CopyContext {
  readonly region: string;
  /** a folder for the files of one COPY at a time */
  readonly workDir: string;
  /** S3 as the role that IAM_ROLE names; refuses a role that the namespace does not have */
  s3As(iamRole: string): S3;
  /** outside of the transaction, which is about to roll back */
  record(errors: readonly RecordedLoadError[]): Promise<void>;
}

/** Runs a COPY in the session, and so in the transaction, of `client`. Returns the rows loaded. */
export async function runCopy(client: Client, copy: CopyStatement, context: CopyContext): Promise<number> {
  const { region } = copy.options;
  if (region !== undefined && region !== context.region) throw new UnsupportedLocally(`COPY from region ${region}`);
  const s3 = context.s3As(copy.iamRole);
  const target = await copyTarget(client, copy);
  const objects = await sourceObjects(copy, s3);
  const folder = join(context.workDir, randomUUID());
  await mkdir(folder, { recursive: true });
  let rows = 0;
  let read = 0;
  try {
    for (const [index, object] of objects.entries()) {
      const file = join(folder, String(index));
      if (!(await download(object, s3, file))) continue;
      read++;
      if (copy.format === 'PARQUET') {
        const duck = await duckConnection();
        try {
          rows += await copyParquet(client, duck, target, object, file, copy.options.serializeToJson);
        } finally {
          duck.closeSync();
        }
      } else {
        const errors: RecordedLoadError[] = [];
        const about = { file: `s3://${object.bucket}/${object.key}`, table: target.table, tableId: target.tableId };
        try {
          rows += await copyDelimited(client, copy, target, file, s3, (error) => errors.push({ ...error, ...about }));
        } finally {
          if (errors.length > 0) await context.record(errors);
        }
      }
      await rm(file, { force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (read === 0) throw loadFailed(target);
  await client.query("SELECT pg_catalog.set_config('stepwell.copied', $1, false)", [String(rows)]);
  return rows;
}
