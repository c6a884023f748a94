/** The console in a browser of this machine: its first view, and a list of very many runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Page } from 'playwright-core';
import { compileTogether } from '../../lib/compiler';
import { type Connection, type Deployed, deployed, pipelineNamed } from '../../lib/operate/connection';
import { localClientOptions } from '../../lib/operate/local';
import { appOf } from '../../lib/stacks/app';
import { findChromium, launchChromium } from '../console/chromium';
import { manyPipelines } from '../fixtures/many-pipelines';
import { median, type Server, startServer } from './processes';

export interface ConsoleResult {
  readonly runs: number;
  /** from the address to a pipeline in the overview; of the first visit, at once when the address is printed */
  readonly firstVisitMs: number;
  readonly firstViewMs: number;
  /** from the address to the first rows of the list */
  readonly listMs: number;
  /** from the end of the list to rows that were not there */
  readonly nextPageMs: number;
}

const PIPELINE = 'p0';

/** Undefined where there is no browser. */
export async function measureConsole(runs: number, repeats: number): Promise<ConsoleResult | undefined> {
  if (findChromium() === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-console-'));
  const assembly = join(folder, 'cdk.out');
  process.env.CDK_VALIDATION = 'false';
  appOf(await compileTogether(manyPipelines(5).map((pipeline) => ({ pipeline, folder }))), {
    outdir: assembly,
  }).synth();
  const cloud = await startServer(resolve('test/bench/cloud-process.ts'), [assembly, join(folder, 'state')]);
  const client = localClientOptions(cloud.endpoint);
  const connection: Connection = { client, target: { kind: 'local', endpoint: cloud.endpoint, stateDir: folder } };
  const browser = await launchChromium();
  let running: Server | undefined;
  try {
    await makeRuns(connection, await deployed(connection), runs);
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
    return {
      runs,
      firstVisitMs,
      firstViewMs: median(views),
      listMs: median(lists),
      nextPageMs: median(pages),
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
