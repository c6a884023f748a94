/**
 * Pictures of the main views, light and dark, of the local cloud that is up: `npm start`, then `npm run screenshots`.
 * Into docs/images; `-- --state-dir <folder>` for another local cloud.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { startConsole } from '../../lib/console/server/server';
import type { Tables } from '../../lib/console/types/data';
import { findConnection } from '../../lib/operate/connection';
import { launchChromium } from './chromium';

const OUT = path.join(__dirname, '../../docs/images');
const SIZE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 760 };
const THEMES = ['light', 'dark'] as const;
/** Fonts, drawings and the first live data. */
const SETTLE_MS = 1500;

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly size?: typeof SIZE;
  /** light alone does */
  readonly isLightOnly?: true;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'state-dir': { type: 'string' } } });
  const connection = await findConnection({ stateDir: values['state-dir'] ?? '.stepwell' });
  const running = await startConsole({ connection: () => connection, readOnly: false, port: 0 });
  const browser = await launchChromium();
  mkdirSync(OUT, { recursive: true });
  try {
    const context = await browser.newContext({ viewport: SIZE });
    const page = await context.newPage();
    await page.goto(running.url);
    for (const { name, path: to, size = SIZE, isLightOnly } of await pictures(page, running.origin)) {
      for (const theme of isLightOnly ? (['light'] as const) : THEMES) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme: theme });
        await page.goto(running.origin + to);
        await page.locator('main :is(h1, .empty)').first().waitFor({ state: 'attached' });
        await page.locator('.loading').first().waitFor({ state: 'detached' });
        await page.waitForTimeout(SETTLE_MS);
        await page.screenshot({ path: path.join(OUT, `console-${name}-${theme}.png`) });
        console.log(`docs/images/console-${name}-${theme}.png`);
      }
    }
  } finally {
    await browser.close();
    await running.close();
  }
}

interface Run {
  readonly runId: string;
  readonly status: string;
}

/** Of what there is: a failed run tells most. */
async function pictures(page: Page, origin: string): Promise<Picture[]> {
  const api = async <T>(to: string): Promise<T> => (await (await page.request.get(origin + to)).json()) as T;
  const { pipelines } = await api<{ pipelines: { name: string; stream?: string; runs: Run[] }[] }>('/api/overview');
  const streamed = pipelines.find(({ stream }) => stream !== undefined);
  const runs = pipelines.flatMap(({ name, runs: all }) => all.map((run) => ({ pipeline: name, ...run })));
  const failed = runs.find(({ status }) => status === 'FAILED');
  const longest = pipelines.toSorted((a, b) => b.runs.length - a.runs.length)[0]!;
  const whole = longest.runs.findLast(({ status }) => status === 'SUCCEEDED') ?? longest.runs[0]!;
  const { tables } = await api<Tables>('/api/data/tables');
  const { database, name } = tables.find(({ pipeline }) => pipeline === longest.name)!;
  const at = (...segments: string[]) => segments.map(encodeURIComponent).join('/');
  return [
    { name: 'overview', path: '/' },
    { name: 'overview-phone', path: '/', size: PHONE, isLightOnly: true },
    { name: 'run', path: `/runs/${at(longest.name, whole.runId)}` },
    ...(failed === undefined ? [] : [{ name: 'failed-run', path: `/runs/${at(failed.pipeline, failed.runId)}` }]),
    { name: 'grid', path: `/pipelines/${at(longest.name)}/grid` },
    ...(streamed === undefined ? [] : [{ name: 'stream', path: `/pipelines/${at(streamed.name)}/stream` }]),
    { name: 'table', path: `/data/${at(database, name)}` },
    { name: 'quarantine', path: '/quarantine' },
    { name: 'lineage', path: '/lineage' },
    { name: 'triggers', path: '/triggers' },
    { name: 'metrics', path: '/metrics' },
  ];
}

void main();
