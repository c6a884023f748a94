/** A server with the local S3 and a recorder in place of EventBridge, on a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { AccessRequest, Principal } from '../../../lib/local/service';
import { createS3Service, type S3Service } from '../../../lib/local/services/s3';
import { client, service, startCloud, type TestCloud } from '../wire/services';

export interface S3Cloud extends TestCloud {
  readonly s3: S3Service;
  readonly stateDir: string;
  readonly client: S3Client;
  readonly events: { Source: string; DetailType: string; Detail: Record<string, unknown>; Resources: string[] }[];
  readonly asked: { principal: Principal; requests: readonly AccessRequest[] }[];
  newClient(config?: S3ClientConfig): S3Client;
  /** Stops the server and starts another one on the same folder. */
  restart(): Promise<S3Cloud>;
  destroy(): Promise<void>;
}

export interface S3CloudOptions {
  readonly stateDir?: string;
  /** Asked before EventBridge takes a batch; may throw. */
  readonly onPutEvents?: () => void;
}

export async function startS3(options: S3CloudOptions = {}): Promise<S3Cloud> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'stepwell-s3-')));
  const s3 = createS3Service({ stateDir });
  const events: S3Cloud['events'] = [];
  const asked: S3Cloud['asked'] = [];
  const eventBridge = service('events', {
    PutEvents: ({ Entries }, principal) => {
      expect(principal).toEqual({ kind: 'service', service: 's3.amazonaws.com' });
      options.onPutEvents?.();
      for (const entry of Entries) events.push({ ...entry, Detail: JSON.parse(entry.Detail) });
      return { FailedEntryCount: 0, Entries: Entries.map((_: unknown, index: number) => ({ EventId: String(index) })) };
    },
  });
  const cloud = await startCloud([s3, eventBridge], {
    stateDir,
    authorize: (principal, requests) => void asked.push({ principal, requests }),
  });
  await s3.start?.(cloud.cloud);
  const newClient = (config: S3ClientConfig = {}) =>
    new S3Client({ ...client(cloud), forcePathStyle: true, ...config });
  const stop = async () => {
    await cloud.stop();
    await s3.stop?.();
  };
  return {
    ...cloud,
    s3,
    stateDir,
    client: newClient(),
    events,
    asked,
    newClient,
    stop,
    restart: async () => {
      await stop();
      return startS3({ ...options, stateDir });
    },
    destroy: async () => {
      await stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Polls until it holds; for what happens after an answer, such as events. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await check();
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
