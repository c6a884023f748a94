/** How smooth a long list is that is scrolled: from its top to its end, evenly. */
import type { Page } from 'playwright-core';

export interface Scrolled {
  readonly what: string;
  readonly framesPerSecond: number;
  /** one in twenty has stood longer */
  readonly frameP95Ms: number;
  /** processor time of the page's main thread: a frame has 16.7 ms, whatever else the machine does */
  readonly cpuMsAFrame: number;
}

const SCROLL_MS = 4000;

export async function scroll(page: Page, what: string, selector: string): Promise<Scrolled> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busySeconds = async () =>
    (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value;
  const before = await busySeconds();
  const times = (await page.evaluate(`(${SCROLL})(${JSON.stringify(selector)}, ${SCROLL_MS})`)) as number[];
  const busyMs = ((await busySeconds()) - before) * 1000;
  await cdp.detach();
  const frames = times.slice(1).map((at, index) => at - times[index]!);
  const sorted = frames.toSorted((a, b) => a - b);
  return {
    what,
    framesPerSecond: (frames.length / (times.at(-1)! - times[0]!)) * 1000,
    frameP95Ms: sorted[Math.floor(sorted.length * 0.95)]!,
    cpuMsAFrame: busyMs / frames.length,
  };
}

/** Returns when each frame was. */
const SCROLL = `(selector, ms) => new Promise((resolve) => {
  const element = document.querySelector(selector);
  const last = element.scrollHeight - element.clientHeight;
  const times = [];
  const step = (at) => {
    times.push(at);
    const share = (at - times[0]) / ms;
    element.scrollTop = last * Math.min(1, share);
    if (share >= 1) resolve(times);
    else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;
