/** What a script can see of a page: what sticks out of it or is cut off, and what the Tab key reaches. */
import type { Page } from 'playwright-core';

/** Sentences; none is as it should be. */
export const misfitsOf = (page: Page): Promise<string[]> => page.evaluate(MISFITS) as Promise<string[]>;

const MISFITS = `(() => {
  const found = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) found.push('the page scrolls sideways: ' + document.documentElement.scrollWidth);
  const nameOf = (element) => element.tagName.toLowerCase() + '.' + (element.getAttribute('class') ?? '') + ' ' + (element.textContent ?? '').slice(0, 40);
  const styles = new Map();
  const styleOf = (element) => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };
  const isHiddenText = (element) => element.closest('.hidden, .skip, thead') !== null;
  const cuts = (style) => style.overflowX !== 'visible';
  for (const element of document.querySelectorAll('header *, main *, dialog *')) {
    if (!(element instanceof HTMLElement) || isHiddenText(element)) continue;
    const style = styleOf(element);
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) continue;
    let around = element.parentElement;
    while (around !== null && !cuts(styleOf(around))) around = around.parentElement;
    if (around === null && (box.right > width + 1 || box.left < -1)) found.push('sticks out: ' + nameOf(element));
    const isMeant = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none' || element.matches('.value, .plot, .u-wrap, .u-over, input, select');
    if (isMeant) continue;
    if (style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1) found.push('cut at its side: ' + nameOf(element));
    if (style.overflowY === 'hidden' && element.scrollHeight > element.clientHeight + 1) found.push('cut below: ' + nameOf(element));
  }
  return found;
})()`;

const MOST_TABS = 400;

/** What the Tab key does not reach, or where nobody sees that it has. */
export async function unreachedOf(page: Page): Promise<string[]> {
  const expected = (await page.evaluate(`(() => {
    document.activeElement?.blur();
    getSelection()?.removeAllRanges();
    const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')].filter((element) => {
      const box = element.getBoundingClientRect();
      return element.tabIndex >= 0 && !element.disabled && box.width > 0 && box.height > 0 && element.checkVisibility();
    });
    all.forEach((element, index) => element.setAttribute('data-stop', String(index)));
    return all.map((element) => element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent ?? '').slice(0, 60));
  })()`)) as string[];
  const left = new Map(expected.map((name, index) => [String(index), name]));
  const unseen: string[] = [];
  for (let tabs = 0; tabs < MOST_TABS && left.size > 0; tabs++) {
    await page.keyboard.press('Tab');
    const [stop, isSeen] = (await page.evaluate(`(() => {
      const element = document.activeElement;
      const { outlineStyle } = getComputedStyle(element);
      // Of a drawing it is the box that says so.
      const box = element instanceof SVGElement ? element.querySelector('rect') : null;
      return [element.getAttribute('data-stop'), box ? getComputedStyle(box).strokeWidth === '3px' : outlineStyle !== 'none'];
    })()`)) as [string | null, boolean];
    if (stop === null) continue;
    if (!isSeen && left.has(stop)) unseen.push(`the focus is not seen: ${left.get(stop)}`);
    left.delete(stop);
  }
  return [...[...left.values()].map((name) => `not reached: ${name}`), ...unseen];
}
