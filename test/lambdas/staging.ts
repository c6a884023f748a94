/** A local S3 with a landing and a work bucket, and what tests of the staging tasks do with them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { quoteText, sqlType } from '../../lambdas/shared/duckdb';
import { createDynamoDbService } from '../../lib/local/services/dynamodb';
import { createGlueService } from '../../lib/local/services/glue';
import { createS3Service } from '../../lib/local/services/s3';
import type {
  ContractColumn,
  Manifest,
  ManifestRef,
  ObjectVersion,
  OutputColumn,
  Part,
  RejectedRow,
  Run,
} from '../../lib/tasks/common';
import { client, startCloud } from '../local/wire/services';

export const LANDING = 'landing';
export const WORK = 'work';
export const LAKE = 'lake';

export const RUN: Run = {
  pipeline: 'orders',
  runId: 'run-1',
  executionArn: 'arn:aws:states:us-east-1:000000000000:execution:orders:run-1',
  startedAt: '2026-01-05T14:00:00.000Z',
  loadKey: 'orders:abc',
  loadId: '0123456789abcdef',
  generation: 0,
  arrival: '2026-01-05T14:00:00.000Z#00000000000000000000000000000001',
};

export interface Staging {
  readonly s3: S3Client;
  readonly glue: GlueClient;
  readonly dynamoDb: DynamoDBClient;
  land(key: string, body: Buffer | string): Promise<ObjectVersion>;
  read(ref: { key: string }, bucket?: string): Promise<Buffer>;
  manifest(ref: ManifestRef): Promise<Manifest>;
  rejects(manifest: Manifest): Promise<RejectedRow[]>;
  /** All rows of Parquet parts, by DuckDB's own reader. */
  rows(parts: readonly Part[], bucket?: string, select?: string): Promise<Record<string, unknown>[]>;
  /** Name, physical and logical type of a part's columns. */
  types(part: Part): Promise<Record<string, unknown>[]>;
  /** What DuckDB makes of texts in the types. */
  casts(types: readonly ContractColumn['type'][], rows: readonly (readonly (string | null)[])[]): Promise<unknown[][]>;
  /** Writes a manifest with Parquet parts made of `select` statements. */
  stage(step: string, datasets: Readonly<Record<string, StagedByTest>>): Promise<ManifestRef>;
  close(): Promise<void>;
}

export interface StagedByTest {
  readonly columns: readonly OutputColumn[];
  /** one part each */
  readonly selects: readonly string[];
}

export async function startStaging(): Promise<Staging> {
  const stateDir = mkdtempSync(join(tmpdir(), 'staging-cloud-'));
  const services = [createS3Service({ stateDir }), createGlueService(), createDynamoDbService()];
  const cloud = await startCloud(services, { stateDir });
  for (const service of services) await service.start?.(cloud.cloud);
  for (const service of services) await service.ready?.();
  const s3 = new S3Client({ ...client(cloud), forcePathStyle: true });
  for (const Bucket of [LANDING, WORK, LAKE]) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: LANDING, VersioningConfiguration: { Status: 'Enabled' } }));
  const folder = mkdtempSync(join(tmpdir(), 'staging-test-'));
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  let files = 0;

  const read: Staging['read'] = async ({ key }, bucket = WORK) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from(await Body!.transformToByteArray());
  };
  const put = async (key: string, body: Buffer) => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket: WORK, Key: key, Body: body }));
    return { key, etag: ETag!.replaceAll('"', ''), length: body.length };
  };
  return {
    s3,
    glue: new GlueClient(client(cloud)),
    dynamoDb: new DynamoDBClient(client(cloud)),
    read,
    land: async (key, body) => {
      const put = await s3.send(new PutObjectCommand({ Bucket: LANDING, Key: key, Body: Buffer.from(body) }));
      return {
        bucket: LANDING,
        key,
        versionId: put.VersionId!,
        etag: put.ETag!.replaceAll('"', ''),
        size: Buffer.byteLength(body),
        lastModified: '2026-01-05T14:00:00.000Z',
      };
    },
    manifest: async (ref) => JSON.parse((await read(ref)).toString()),
    rejects: async ({ source }) => {
      if (!source?.quarantine) return [];
      const lines = (await read(source.quarantine)).toString().trimEnd().split('\n');
      return lines.map((line) => JSON.parse(line));
    },
    rows: async (parts, bucket, select = '*') => {
      const paths: string[] = [];
      for (const part of parts.filter(({ format }) => format === 'parquet')) {
        const path = join(folder, `${files++}.parquet`);
        await writeFile(path, await read(part, bucket));
        paths.push(`'${path}'`);
      }
      if (paths.length === 0) return [];
      const query = `SELECT ${select} FROM read_parquet([${paths.join(', ')}], union_by_name = true, hive_partitioning = false)`;
      return (await duckdb.runAndReadAll(query)).getRowObjectsJson();
    },
    types: async (part) => {
      const path = join(folder, `${files++}.parquet`);
      await writeFile(path, await read(part));
      // What else a schema says of a column (older annotations, newer ones) readers take alike.
      const schema = `SELECT name, type, scale, "precision", CASE WHEN name = 'at' THEN logical_type END AS time, column_type
        FROM parquet_schema('${path}') JOIN (DESCRIBE FROM read_parquet('${path}')) ON column_name = name`;
      return (await duckdb.runAndReadAll(schema)).getRowObjectsJson();
    },
    casts: async (types, rows) => {
      if (rows.length === 0) return [];
      const table = `casts_${files++}`;
      await duckdb.run(
        `CREATE TABLE ${table} (${types.map((type, index) => `c${index} ${sqlType(type)}`).join(', ')})`,
      );
      const literal = (text: string | null) => (text === null ? 'NULL' : quoteText(text));
      const values = rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
      await duckdb.run(`INSERT INTO ${table} VALUES ${values}`);
      return (await duckdb.runAndReadAll(`FROM ${table}`)).getRowsJson();
    },
    stage: async (step, datasets) => {
      const document: Manifest = { step, partition: 'p1', datasets: {} };
      for (const [name, { columns, selects }] of Object.entries(datasets)) {
        const parts: Part[] = [];
        for (const select of selects) {
          const path = join(folder, `${files++}.parquet`);
          const { rowsChanged } = await duckdb.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
          const stored = await put(`runs/orders/run-1/${name}/${files++}.parquet`, await readFile(path));
          parts.push({ ...stored, rows: Number(rowsChanged), format: 'parquet' });
        }
        const rows = parts.reduce((sum, part) => sum + part.rows, 0);
        document.datasets[name] = { rows, columns: [...columns], parts };
      }
      return put(`runs/orders/run-1/manifests/${step}-${files++}.json`, Buffer.from(JSON.stringify(document)));
    },
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      s3.destroy();
      await cloud.stop();
      for (const service of services) await service.stop?.();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

export const column = (
  name: string,
  type: ContractColumn['type'] | 'bigint' | 'integer' | 'double' | 'text' | 'boolean' | 'date' | 'timestamp' | 'json',
  options: Partial<ContractColumn> = {},
): ContractColumn => ({
  name,
  type: typeof type === 'string' ? { type } : type,
  nullable: true,
  key: false,
  ...options,
});
