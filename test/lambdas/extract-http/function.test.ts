/** The function as it is deployed: its bundle, its encoding thread, its secrets, its sample servers. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { bundle } from '../../../lib/constructs/bundle';
import { createS3Service } from '../../../lib/local/services/s3';
import { createSecretsManagerService } from '../../../lib/local/services/secretsmanager';
import {
  apiKey,
  cron,
  decimal,
  definePipeline,
  httpApi,
  key,
  lake,
  perMinute,
  replace,
  sql,
  text,
} from '../../../lib/pipeline';
import type { SampleServer } from '../../../lib/samples/server';
import { SAMPLE_CITIES } from '../../../lib/samples/weather/cities';
import { OPENWEATHER_ORIGIN, startWeatherServer } from '../../../lib/samples/weather/server';
import type { Manifest } from '../../../lib/tasks/common';
import type { ExtractRowsInput, ExtractRowsOutput, PlanRowsOutput, RowSource } from '../../../lib/tasks/extract-rows';
import { client, startCloud, type TestCloud } from '../../local/wire/services';
import { column, RUN } from '../staging';

/** One execution environment for all: a warm function, in a process of its own. */
const FUNCTION = `
const { handler } = require(process.argv[1]);
const context = (n) => ({ awsRequestId: process.pid + '-' + n, getRemainingTimeInMillis: () => 300000 });
(async () => {
  const outputs = [];
  for (const event of JSON.parse(require('node:fs').readFileSync(0))) outputs.push(await handler(event, context(outputs.length)));
  console.log('\\nOUTPUTS ' + JSON.stringify(outputs));
})();
`;

async function invoke<O>(events: readonly ExtractRowsInput[]): Promise<O[]> {
  const index = join(bundle('extract-http').directory, 'index.js');
  const run = promisify(execFile)(process.execPath, ['-e', FUNCTION, index], { env: environment });
  run.child.stdin!.end(JSON.stringify(events));
  const { stdout } = await run;
  return JSON.parse(stdout.split('\nOUTPUTS ')[1]!) as O[];
}

const CITIES = SAMPLE_CITIES.slice(0, 8);
const pipeline = definePipeline({
  name: 'weather',
  trigger: cron('0 * * * *'),
  sources: {
    current: httpApi({
      url: `${OPENWEATHER_ORIGIN}/data/2.5/weather`,
      query: { lat: '{partition.lat}', lon: '{partition.lon}', units: 'metric' },
      auth: apiKey('openweather', { query: 'appid' }),
      rateLimit: perMinute(6000),
      onDrift: 'ignore',
      partitions: CITIES.map(({ id, name, lat, lon }) => ({ id: String(id), name, lat, lon })),
      columns: {
        city: key.text().from('name'),
        temperature: decimal(5, 2).from('main.temp'),
        sky: text().from('weather[0].main'),
      },
    }),
  },
  models: { temperatures: sql.text('SELECT city, temperature FROM current') },
  sinks: [lake({ model: 'temperatures', table: 'temperatures', write: replace(), partitionBy: [] })],
});

let cloud: TestCloud;
let weather: SampleServer;
let s3: S3Client;
let stateDir: string;
let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'http-function-'));
  const services = [createS3Service({ stateDir }), createSecretsManagerService()];
  cloud = await startCloud(services, { stateDir });
  for (const service of services) await service.start?.(cloud.cloud);
  weather = await startWeatherServer({ apiKey: 'a-key', requestsPerMinute: 600 });
  s3 = new S3Client({ ...client(cloud), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'work' }));
  const manager = new SecretsManagerClient(client(cloud));
  await manager.send(
    new CreateSecretCommand({ Name: 'stepwell/openweather', SecretString: JSON.stringify({ apiKey: 'a-key' }) }),
  );
  manager.destroy();
  environment = {
    ...process.env,
    AWS_ENDPOINT_URL: cloud.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    WORK_BUCKET: 'work',
    SECRET_OPENWEATHER: 'stepwell/openweather',
    STEPWELL_ORIGINS: JSON.stringify({ [OPENWEATHER_ORIGIN]: weather.url }),
    LOG_LEVEL: 'SILENT',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
});
afterAll(async () => {
  s3.destroy();
  await weather.close();
  await cloud.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

test('plans a partition a city and extracts them, in one warm function, from the sample server in place of the real one', async () => {
  const declared = pipeline.sources.current as Extract<(typeof pipeline.sources)[string], { config: unknown }>;
  const source: RowSource = {
    name: 'current',
    columns: [
      column('city', 'text', { from: 'name', key: true, nullable: false }),
      column('temperature', { type: 'decimal', precision: 5, scale: 2 }, { from: 'main.temp' }),
      column('sky', 'text', { from: 'weather[0].main' }),
    ],
    onDrift: declared.onDrift,
    onBadRow: declared.onBadRow,
    config: declared.config,
  };
  const [plan] = await invoke<PlanRowsOutput>([
    { action: 'plan', run: RUN, source, partitions: [...declared.partitions!] },
  ]);
  const outputs = await invoke<ExtractRowsOutput>(
    plan!.partitions.map((partition) => ({
      action: 'extract',
      run: RUN,
      source,
      partition,
      partitions: plan!.partitions.length,
      checkpoint: null,
    })),
  );

  expect(plan!.partitions).toHaveLength(CITIES.length);
  const manifests = await Promise.all(
    outputs.map(async ({ staged }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'work', Key: staged.manifest.key }));
      return JSON.parse(await Body!.transformToString()) as Manifest;
    }),
  );
  for (const { datasets, source: read } of manifests) {
    expect(datasets.current).toMatchObject({ rows: 1, parts: [{ rows: 1, format: 'parquet' }] });
    expect(read).toMatchObject({ name: 'current', read: 1, rejected: 0 });
  }
});
