/** A console of a suite's own, and a browser that is signed in to it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { type RunningConsole, startConsole } from '../../lib/console/server/server';
import type { Connection } from '../../lib/operate/connection';
import { localClientOptions } from '../../lib/operate/local';
import { findChromium, launchChromium } from './chromium';

/** `describe`, or left out where there is no browser: `../left-out.ts` says so. */
export const describeInBrowser: typeof describe | typeof describe.skip =
  findChromium() === undefined ? describe.skip : describe;

/** What never comes is told then. On a machine that does much else beside all takes its time. */
const PATIENCE_MS = 240_000;
/** Of a page: what it has asked for, and not got yet. */
const underWay = new WeakMap<Page, Set<Request>>();

export interface OpenedConsole {
  readonly console: RunningConsole;
  readonly browser: Browser;
  readonly context: BrowserContext;
  /** signed in, at the overview */
  readonly page: Page;
  /** what the page has thrown, or was forbidden; a test that ends with none empty fails: see `expectNoFaults` */
  readonly faults: readonly string[];
  /** another one, as of another size or theme; its faults are gathered as well */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** goes to a path of the console */
  open(to: string): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** instead of a connection to the local cloud */
  readonly connection?: () => Connection;
  readonly renew?: () => Promise<void>;
}

/** `at`: the local cloud, as `startPipelines(…).cloud` and its state folder. */
export async function openConsole(
  at: { readonly endpoint: string; readonly stateDir?: string },
  { readOnly = false, connection, renew }: OpenOptions = {},
): Promise<OpenedConsole> {
  const running = await startConsole({
    connection: connection ?? (() => localConnection(at)),
    readOnly,
    port: 0,
    ...(renew === undefined ? {} : { renew }),
  });
  const browser = await launchChromium();
  const faults: string[] = [];
  async function pageOf(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const asked = new Set<Request>();
    underWay.set(page, asked);
    page.on('request', (request) => {
      // Of the document before nobody may be told.
      if (request.isNavigationRequest()) asked.clear();
      else if (/\/api\/(?!live)/.test(request.url())) asked.add(request);
    });
    page.on('requestfinished', (request) => asked.delete(request));
    page.on('requestfailed', (request) => asked.delete(request));
    page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      // What a server has refused is no fault of the page.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    await page.goto(running.url);
    return page;
  }
  const page = await pageOf();
  return {
    console: running,
    browser,
    context: page.context(),
    page,
    faults,
    newPage: pageOf,
    open: async (to) => {
      await page.goto(running.origin + to);
    },
    async close() {
      await browser.close();
      await running.close();
    },
  };
}

export const localConnection = ({
  endpoint,
  stateDir = '',
}: {
  readonly endpoint: string;
  readonly stateDir?: string;
}): Connection => ({ client: localClientOptions(endpoint), target: { kind: 'local', endpoint, stateDir } });

/** Asks until `check`, which throws, is content: what follows upon a change comes in its own time. */
export async function soon<T>(ask: () => Promise<T>, check: (found: T) => void): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = await ask();
    try {
      return check(found);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** Painted, with what its effects do after that, and with the answers to all it has asked. */
const PAINTED = `new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(document.querySelector('.loading') === null), 0))))`;

/** When all is there that the page shows. */
export const calm = (page: Page): Promise<void> =>
  soon(
    async () => (await page.evaluate(PAINTED)) === true && underWay.get(page)!.size === 0,
    (isCalm) => expect(isCalm).toBe(true),
  );

const AXE = path.join(path.dirname(require.resolve('axe-core')), 'axe.min.js');

/** What axe finds in the page when all is there, in sentences; `rules`: these alone. */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  await calm(page);
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const runOnly = rules === undefined ? '' : `, runOnly: ${JSON.stringify(rules)}`;
  return (await page.evaluate(`axe.run(document, { resultTypes: ['violations']${runOnly} }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact !== 'minor')
      .flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
        id + ': ' + help + ' at ' + target.join(' ') + ' ' + (failureSummary ?? '').replaceAll('\\n', ' '))))`)) as string[];
}
