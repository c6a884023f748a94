/** What a run has staged: the parts that its manifests name, which are the ones that count, and what else lies there. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Manifest } from '../tasks/common';
import { type Connection, type Deployed, s3Of } from './connection';
import { partsAt } from './lake';

export interface StagedPart {
  readonly key: string;
  /** a source or a model */
  readonly dataset: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly at: string;
  /** absent: no manifest names it, so no step reads it; an attempt that was given up has left it */
  readonly rows?: number;
}

export interface Staged {
  readonly bucket: string;
  readonly parts: readonly StagedPart[];
  /** there are more than are listed here */
  readonly more: boolean;
}

/** Manifests that are read. */
const MOST_MANIFESTS = 200;
const AT_ONCE = 16;

export async function stagedParts(
  connection: Pick<Connection, 'client'>,
  { foundation }: Deployed,
  { pipeline, runId }: { readonly pipeline: string; readonly runId: string },
): Promise<Staged> {
  const bucket = foundation.WorkBucketName!;
  const prefix = prefixOf(pipeline, runId);
  const { parts, more } = await partsAt(connection, bucket, prefix);
  const isManifest = ({ key }: { key: string }) => key.startsWith(`${prefix}manifests/`);
  const manifests = parts.filter(isManifest);
  const rows = new Map<string, number>();
  const keys = manifests.slice(0, MOST_MANIFESTS).map(({ key }) => key);
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const read = await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => manifestAt(connection, bucket, key)));
    for (const { datasets = {} } of read)
      for (const { parts: own } of Object.values(datasets)) for (const part of own) rows.set(part.key, part.rows);
  }
  return {
    bucket,
    parts: parts
      .filter((part) => !isManifest(part))
      .map((part) => {
        const counted = rows.get(part.key);
        const dataset = part.key.slice(prefix.length).split('/')[0] ?? '';
        return { ...part, dataset, ...(counted === undefined ? {} : { rows: counted }) };
      }),
    more: more || manifests.length > MOST_MANIFESTS,
  };
}

export const prefixOf = (pipeline: string, runId: string): string => `runs/${pipeline}/${runId}/`;

async function manifestAt(
  connection: Pick<Connection, 'client'>,
  Bucket: string,
  Key: string,
): Promise<Partial<Manifest>> {
  const { Body } = await s3Of(connection).send(new GetObjectCommand({ Bucket, Key }));
  return JSON.parse(await Body!.transformToString()) as Partial<Manifest>;
}
