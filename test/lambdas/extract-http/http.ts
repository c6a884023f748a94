/** Runs the HTTP extractor against real servers, with secrets in the local Secrets Manager. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { extractHttp } from '../../../lambdas/extract-http/extract';
import { openSecrets } from '../../../lambdas/shared/secrets';
import { createSecretsManagerService } from '../../../lib/local/services/secretsmanager';
import type { ContractColumn, Manifest, OnDrift, RejectedRow } from '../../../lib/tasks/common';
import type { ExtractRowsInput, ExtractRowsOutput, HttpConfig, RowPartition } from '../../../lib/tasks/extract-rows';
import { client, startCloud } from '../../local/wire/services';
import { RUN, type Staging, startStaging, WORK } from '../staging';

export interface HttpTest {
  readonly staging: Staging;
  /** Creates the secret, or gives it a new value. */
  secret(name: string, value: object): Promise<void>;
  extract(config: Partial<HttpConfig> & { url: string }, options?: ExtractOptions): Promise<ExtractedHttp>;
  close(): Promise<void>;
}

export interface ExtractOptions {
  readonly columns?: readonly ContractColumn[];
  readonly partition?: RowPartition;
  readonly partitions?: number;
  readonly onDrift?: OnDrift;
  readonly cursor?: { column: string; from?: string; to?: string } | null;
  readonly interval?: { start: string; end: string };
  readonly checkpoint?: unknown;
  readonly remainingMs?: () => number;
}

export interface ExtractedHttp {
  readonly output: ExtractRowsOutput;
  readonly manifest: Manifest;
  readonly rows: Record<string, unknown>[];
  readonly rejects: RejectedRow[];
}

export async function startHttpTest(): Promise<HttpTest> {
  const staging = await startStaging();
  const service = createSecretsManagerService();
  const stateDir = mkdtempSync(join(tmpdir(), 'http-test-'));
  const cloud = await startCloud([service], { stateDir });
  await service.start?.(cloud.cloud);
  const manager = new SecretsManagerClient(client(cloud));
  const secrets = openSecrets(manager);
  const known = new Set<string>();
  let attempts = 0;
  return {
    staging,
    async secret(name, value) {
      const SecretString = JSON.stringify(value);
      if (known.has(name))
        await manager.send(new PutSecretValueCommand({ SecretId: `stepwell/${name}`, SecretString }));
      else await manager.send(new CreateSecretCommand({ Name: `stepwell/${name}`, SecretString }));
      known.add(name);
    },
    async extract(config, options = {}) {
      const input: Extract<ExtractRowsInput, { action: 'extract' }> = {
        action: 'extract',
        run: { ...RUN, ...(options.interval ? { interval: options.interval } : {}) },
        source: {
          name: 'api',
          columns: [...(options.columns ?? [{ name: 'id', type: { type: 'bigint' }, nullable: true, key: false }])],
          onDrift: options.onDrift ?? 'ignore',
          onBadRow: {},
          config: {
            kind: 'httpApi',
            query: {},
            headers: {},
            rows: '',
            timeoutSeconds: 20,
            concurrency: 40,
            attempts: 3,
            ...config,
          },
        },
        cursor: options.cursor ?? null,
        partition: options.partition ?? { id: 'all', values: {} },
        partitions: options.partitions ?? 1,
        checkpoint: options.checkpoint ?? null,
      };
      const output = await extractHttp(input, {
        s3: staging.s3,
        workBucket: WORK,
        attempt: `http-${attempts++}`,
        secrets,
        firstWaitMs: 2,
        remainingMs: options.remainingMs ?? (() => 600_000),
      });
      const manifest = await staging.manifest(output.staged.manifest);
      return {
        output,
        manifest,
        rows: await staging.rows(manifest.datasets.api?.parts ?? []),
        rejects: await staging.rejects(manifest),
      };
    },
    async close() {
      manager.destroy();
      await cloud.stop();
      await staging.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** A server that answers as the test says. */
export interface HostileServer {
  readonly url: string;
  answer: RequestListener;
  readonly requests: { url: string; authorization: string | undefined }[];
  close(): Promise<void>;
}

export async function startHostileServer(): Promise<HostileServer> {
  const requests: HostileServer['requests'] = [];
  const state = { answer: ((_request, response) => response.end('[]')) as RequestListener };
  const server: Server = createServer((request, response) => {
    requests.push({ url: request.url!, authorization: request.headers.authorization });
    state.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get answer() {
      return state.answer;
    },
    set answer(answer) {
      requests.length = 0;
      state.answer = answer;
    },
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
