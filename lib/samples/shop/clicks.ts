/** The sample shop's clickstream: what buyers saw before they bought, visitors who only look, and robots. */
import { gzipSync } from 'node:zlib';
import { randomFrom } from '../random';
import { DAY_MS, MINUTE_MS } from './calendar';
import { FIRST_CUSTOMERS } from './customers';
import { PRODUCTS, skuOf } from './products';
import { soldOn } from './sales';

export interface Click {
  readonly id: string;
  readonly session_id: string;
  /** null: not logged in */
  readonly user_id: number | null;
  readonly type: 'view' | 'search' | 'cart' | 'checkout' | 'purchase';
  /** ISO 8601, milliseconds, UTC */
  readonly ts: string;
  readonly page: { readonly path: string; readonly query?: string };
  readonly product_id: string | null;
  readonly order_id: number | null;
  readonly device: { readonly type: 'desktop' | 'phone' | 'tablet'; readonly agent: string };
}

export interface ClickFile {
  readonly key: string;
  readonly body: Buffer;
  /** lines that are no click */
  readonly bad: number;
}

const FILE_MINUTES = 6;
const VISITS_A_DAY = 240;
const ROBOTS_A_DAY = 4;
const ROBOT = 'Mozilla/5.0 (compatible; SampleBot/1.0; +https://example.com/bot)';
const AGENTS = {
  desktop: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  phone: 'Mozilla/5.0 (Android 15; Mobile) Firefox/140.0',
  tablet: 'Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Safari/605.1',
} as const;
const DEVICES = ['desktop', 'phone', 'phone', 'tablet'] as const;
const SEARCHES = ['mug', 'crème', 'größe L', 'gift "for her"'];

/** Every click of a day, each once, in order of time. A visit may have begun the day before. */
export function clicksOn(day: number): Click[] {
  return [...visitsOf(day), ...visitsOf(day + 1)]
    .flat()
    .filter(({ ts }) => Math.floor(Date.parse(ts) / DAY_MS) === day)
    .sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : a.id < b.id ? -1 : 1));
}

/** As they land: a file every few minutes. Some clicks are sent a second time, in the file after; two lines of a day are broken. */
export function clickFiles(day: number, minutes = FILE_MINUTES): ClickFile[] {
  const files = 1440 / minutes;
  const lines: string[][] = Array.from({ length: files }, () => []);
  for (const [index, click] of clicksOn(day).entries()) {
    const file = Math.floor((Date.parse(click.ts) % DAY_MS) / (minutes * MINUTE_MS));
    lines[file]!.push(JSON.stringify(click));
    if (index % 40 === 7) lines[Math.min(file + 1, files - 1)]!.push(JSON.stringify(click));
  }
  const broken: Record<number, string> = {
    [Math.floor(files / 3)]: '{"id":"broken-1","session_id":"b-0","user_id":nul',
    [Math.floor((2 * files) / 3)]: JSON.stringify({
      ...clicksOn(day)[0]!,
      id: 'broken-2',
      ts: '2026-02-30T10:00:00.000Z',
    }),
  };
  const folder = `clickstream/${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '/')}`;
  return lines.flatMap((ofFile, file) => {
    const all = [...ofFile, ...(broken[file] === undefined ? [] : [broken[file]])];
    if (all.length === 0) return [];
    const minute = file * minutes;
    const name = `${String(Math.floor(minute / 60)).padStart(2, '0')}${String(minute % 60).padStart(2, '0')}`;
    return [
      {
        key: `${folder}/${name}.ndjson.gz`,
        body: gzipSync(all.map((line) => `${line}\n`).join('')),
        bad: broken[file] === undefined ? 0 : 1,
      },
    ];
  });
}

/** The visits of a day's buyers, of those who only look, and of robots. */
function visitsOf(day: number): Click[][] {
  const buyers = soldOn(day).flatMap((sale) => {
    if (sale.session_id === null) return [];
    const random = randomFrom(day * 2_003 + sale.id);
    const visit = visitOf(sale.session_id, sale.customer_id, random);
    const at = (minutes: number) => sale.soldAt - Math.floor(minutes * MINUTE_MS);
    const others = Array.from({ length: Math.floor(random() * 3) }, (_, n) => ({
      ...visit('view', at(10 - n), productPage(anyProduct(random))),
    }));
    return [
      numbered([
        visit('view', at(12), { path: '/' }),
        ...others,
        visit('view', at(6), productPage(sale.product_id)),
        visit('cart', at(3), { path: '/cart', product_id: sale.product_id }),
        visit('checkout', at(1), { path: '/checkout' }),
        visit('purchase', sale.soldAt, { path: '/thanks', product_id: sale.product_id, order_id: sale.id }),
      ]),
    ];
  });
  const visitors = Array.from({ length: VISITS_A_DAY }, (_, index) => {
    const random = randomFrom(day * 5_003 + index);
    const isKnown = random() < 0.4;
    const visit = visitOf(`v-${day}-${index}`, isKnown ? 1 + Math.floor(random() * FIRST_CUSTOMERS) : null, random);
    let at = day * DAY_MS + Math.floor(random() * (DAY_MS - 30 * MINUTE_MS));
    const next = () => (at += 1_000 + Math.floor(random() * 4 * MINUTE_MS));
    const sku = anyProduct(random);
    return numbered([
      visit('view', at, { path: '/' }),
      ...(random() < 0.3
        ? [visit('search', next(), { path: '/search', query: SEARCHES[Math.floor(random() * SEARCHES.length)]! })]
        : []),
      ...(random() < 0.7 ? [visit('view', next(), productPage(sku))] : []),
      ...(random() < 0.2 ? [visit('cart', next(), { path: '/cart', product_id: sku })] : []),
    ]);
  });
  const robots = Array.from({ length: ROBOTS_A_DAY }, (_, index) => {
    const random = randomFrom(day * 7_003 + index);
    const visit = visitOf(`r-${day}-${index}`, null, random, ROBOT);
    const start = day * DAY_MS + (index * 5 + 1) * 60 * MINUTE_MS;
    return numbered(
      Array.from({ length: PRODUCTS }, (_, n) => visit('view', start + n * 500, productPage(skuOf(n + 1)))),
    );
  });
  return [...buyers, ...visitors, ...robots];
}

interface Place {
  readonly path: string;
  readonly query?: string;
  readonly product_id?: string;
  readonly order_id?: number;
}

type Visit = (type: Click['type'], at: number, place: Place) => Omit<Click, 'id'>;

function visitOf(session_id: string, user_id: number | null, random: () => number, agent?: string): Visit {
  const type = agent === undefined ? DEVICES[Math.floor(random() * DEVICES.length)]! : 'desktop';
  return (kind, at, { path, query, product_id = null, order_id = null }) => ({
    session_id,
    user_id,
    type: kind,
    ts: new Date(at).toISOString(),
    page: { path, ...(query === undefined ? {} : { query }) },
    product_id,
    order_id,
    device: { type, agent: agent ?? AGENTS[type] },
  });
}

const numbered = (clicks: readonly Omit<Click, 'id'>[]): Click[] =>
  clicks.map((click, n) => ({ id: `${click.session_id}-${n}`, ...click }));
const productPage = (product_id: string): Place => ({ path: `/products/${product_id}`, product_id });
const anyProduct = (random: () => number): string => skuOf(1 + Math.floor(random() * PRODUCTS));
