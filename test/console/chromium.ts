/** The browser of the console's tests: Debian's package, driven by playwright-core, which downloads none. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Undefined where there is none: its tests are left out. */
export const findChromium = (): string | undefined =>
  [process.env.CHROMIUM, ...PLACES].find((place) => place !== undefined && existsSync(place));

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('There is no Chromium here.');
  // Who only looks whether there is one, as each run of the tests does, need not load its driver: half a second.
  const { chromium } = await import('playwright-core');
  // Root, as in a container, has no sandbox.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
