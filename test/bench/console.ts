/** The console in a browser of this machine: its first view, and a list of very many runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Page } from 'playwright-core';
import { compileTogether } from '../../lib/compiler';
import { type Connection, type Deployed, deployed, pipelineNamed } from '../../lib/operate/connection';
import { localClientOptions } from '../../lib/operate/local';
import { appOf } from '../../lib/stacks/app';
import { findChromium, launchChromium } from '../console/chromium';
import { tides } from '../console/run-pipelines';
import { manyPipelines } from '../fixtures/many-pipelines';
import { median, type Server, startServer } from './processes';
import { type Scrolled, scroll } from './scrolling';

export interface ConsoleResult {
  readonly runs: number;
  /** from the address to a pipeline in the overview; of the first visit, at once when the address is printed */
  readonly firstVisitMs: number;
  readonly firstViewMs: number;
  /** from the address to the first rows of the list */
  readonly listMs: number;
  /** from the end of the list to rows that were not there */
  readonly nextPageMs: number;
  readonly scrolled: readonly Scrolled[];
}

const PIPELINE = 'p0';
/** Its run has a Map of very many items, which its role may run. */
const WITH_MAP = tides.name;
const ITEMS = 10_000;

/** Undefined where there is no browser. */
export async function measureConsole(runs: number, repeats: number): Promise<ConsoleResult | undefined> {
  if (findChromium() === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-console-'));
  const assembly = join(folder, 'cdk.out');
  process.env.CDK_VALIDATION = 'false';
  appOf(await compileTogether([...manyPipelines(5), tides].map((pipeline) => ({ pipeline, folder }))), {
    outdir: assembly,
  }).synth();
  const cloud = await startServer(resolve('test/bench/cloud-process.ts'), [assembly, join(folder, 'state')]);
  const client = localClientOptions(cloud.endpoint);
  const connection: Connection = { client, target: { kind: 'local', endpoint: cloud.endpoint, stateDir: folder } };
  const browser = await launchChromium();
  let running: Server | undefined;
  try {
    const stacks = await deployed(connection);
    await makeRuns(connection, stacks, runs);
    const mapRun = await makeItems(connection, stacks);
    const page = await browser.newPage();
    const overview = (to: string) => timed(page, to, `a[href="/pipelines/${PIPELINE}"]`);
    running = await startServer(resolve('test/bench/console-process.ts'), [cloud.endpoint]);
    const { origin } = new URL(running.endpoint);
    const firstVisitMs = await overview(running.endpoint);
    const views: number[] = [];
    const lists: number[] = [];
    const pages: number[] = [];
    for (let turn = 0; turn < repeats; turn++) {
      views.push(await overview(`${origin}/`));
      lists.push(await timed(page, `${origin}/pipelines/${PIPELINE}`, 'tbody a.mono'));
      pages.push(await nextPage(page));
    }
    const whole = page.locator('.below').filter({ hasText: `${runs.toLocaleString('en-US')} runs` });
    while (!(await whole.isVisible())) await nextPage(page);
    const scrolled = [await scroll(page, `${runs.toLocaleString('en-US')} runs`, '.table-long')];
    await page.goto(`${origin}/runs/${WITH_MAP}/${mapRun}?state=Each`);
    await page.getByRole('button', { name: `all ${ITEMS.toLocaleString('en-US')}` }).click();
    await page.locator('.virtual [role=option]').first().waitFor();
    scrolled.push(await scroll(page, `a Map of ${ITEMS.toLocaleString('en-US')} items`, '.virtual'));
    return {
      runs,
      firstVisitMs,
      firstViewMs: median(views),
      listMs: median(lists),
      nextPageMs: median(pages),
      scrolled,
    };
  } finally {
    await browser.close();
    await running?.stop();
    await cloud.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timed(page: Page, address: string, wanted: string): Promise<number> {
  const began = performance.now();
  await page.goto(address, { waitUntil: 'commit' });
  await page.locator(wanted).first().waitFor();
  return performance.now() - began;
}

async function nextPage(page: Page): Promise<number> {
  const before = await page.locator('.below').textContent();
  const began = performance.now();
  await page.locator('.table-long').evaluate((element) => element.scrollTo(0, Number.MAX_SAFE_INTEGER));
  await page.locator('.below').filter({ hasNotText: before! }).waitFor();
  return performance.now() - began;
}

const ENDS_AT_ONCE = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
const BATCH = 25;

/** Runs that do nothing, and what the ledger says of real ones: a list reads both. */
async function makeRuns({ client }: Connection, stacks: Deployed, runs: number): Promise<void> {
  const { stateMachineArn } = pipelineNamed(stacks, PIPELINE);
  const sfn = new SFNClient(client);
  const dynamoDb = new DynamoDBClient(client);
  await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition: ENDS_AT_ONCE }));
  const names = Array.from({ length: runs }, (_, index) => `run-${String(index).padStart(6, '0')}`);
  for (let first = 0; first < runs; first += BATCH) {
    const batch = names.slice(first, first + BATCH);
    const started = batch.map((name) => sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: '{}' })));
    const items = batch.map((name) => ({
      PutRequest: {
        Item: marshall({
          pk: `pipeline#${PIPELINE}`,
          sk: `run#${name}`,
          runId: name,
          status: 'SUCCEEDED',
          rows: 1000,
          objects: [{ bucket: 'landing', key: `${PIPELINE}/${name}.csv` }],
        }),
      },
    }));
    const written = dynamoDb.send(
      new BatchWriteItemCommand({ RequestItems: { [stacks.foundation.LedgerTableName!]: items } }),
    );
    await Promise.all([...started, written]);
  }
}

const EACH = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      Items: `{% [1..${ITEMS}].{'n': $} %}`,
      MaxConcurrency: 500,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Done',
        States: { Done: { Type: 'Succeed' } },
      },
      Output: '{% {} %}',
      End: true,
    },
  },
});
const ASK_AGAIN_MS = 250;

/** The name of a run whose Map has so many items. */
async function makeItems({ client }: Connection, stacks: Deployed): Promise<string> {
  const { stateMachineArn } = pipelineNamed(stacks, WITH_MAP);
  const sfn = new SFNClient(client);
  await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition: EACH }));
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  for (;;) {
    const { status, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'SUCCEEDED') return executionArn!.split(':').at(-1)!;
    if (status !== 'RUNNING') throw new Error(`The Map has ${status}: ${cause}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}
