/** The sample shop's sales: two hundred a day, most of them shipped a day later, some returned, a few of them nobody's. */
import { randomFrom } from '../random';
import { DAY_MS, dayOf, FIRST_DAY, MINUTE_MS, sqlTime, type Version } from './calendar';
import { FIRST_CUSTOMERS, newCustomersOf } from './customers';
import { PRODUCTS, priceOf, skuOf } from './products';

/** A row of MySQL's table `sales`. Amounts are texts, in all their digits. */
export interface Sale {
  readonly id: number;
  readonly customer_id: number;
  readonly product_id: string;
  readonly channel: 'web' | 'app' | 'store';
  /** of the clickstream; null: in a store */
  readonly session_id: string | null;
  readonly quantity: number;
  readonly unit_price: string;
  readonly discount: string;
  readonly amount: string;
  readonly status: 'paid' | 'shipped' | 'returned';
  /** a test, or entered twice: the row stays, marked */
  readonly is_deleted: boolean;
  readonly sold_at: string;
  readonly updated_at: string;
}

export const SALES_A_DAY = 200;
/** What is older is in the archive. */
export const HISTORY_DAYS = 30;
/** The last change of a sale comes so many days after it. */
const DAYS_OF_CHANGES = 4;
const MOST_A_DAY = 1000;

/** Everything that happened after `since` and up to `now`, in its order. */
export function saleVersions(since: number, now: number): Version<Sale>[] {
  const versions: Version<Sale>[] = [];
  for (let day = dayOf(since) - DAYS_OF_CHANGES; day <= dayOf(now); day++) versions.push(...versionsOfDay(day));
  return versions
    .filter(({ visibleAt }) => visibleAt > since && visibleAt <= now)
    .sort((a, b) => a.visibleAt - b.visibleAt || a.id - b.id);
}

/** The start of what the table holds. */
export const historyStart = (now: number): number => (dayOf(now) - HISTORY_DAYS) * DAY_MS;

/** When it was sold, and by whom to whom: what its clicks have to agree with. */
export const soldOn = (day: number): (Sale & { readonly soldAt: number })[] =>
  Array.from({ length: SALES_A_DAY }, (_, index) => saleOf(day, index));

function versionsOfDay(day: number): Version<Sale>[] {
  return soldOn(day).flatMap(({ soldAt, ...sale }, index) => {
    // Tills send their sales every so often: they are in the table later than they say.
    const visibleAt = soldAt + (sale.channel === 'store' ? 25 * MINUTE_MS : 0);
    const later = (minutes: number, change: Partial<Sale>): Version<Sale> => {
      const at = soldAt + minutes * MINUTE_MS;
      return { ...sale, ...change, updated_at: sqlTime(at), visibleAt: at };
    };
    const versions: Version<Sale>[] = [{ ...sale, visibleAt }];
    if (index % 67 === 5) return [...versions, later(40, { is_deleted: true })];
    if (index % 4 !== 0) versions.push(later(300 + ((index * 37) % 1440), { status: 'shipped' }));
    if (index % 10 === 3) versions.push(later(2880 + ((index * 61) % 1440), { status: 'returned' }));
    return versions;
  });
}

function saleOf(day: number, index: number): Sale & { readonly soldAt: number } {
  const random = randomFrom(day * MOST_A_DAY + index);
  const step = DAY_MS / SALES_A_DAY;
  const soldAt = day * DAY_MS + Math.floor((index + random()) * (step / 1000)) * 1000;
  const product = 1 + Math.floor(random() * PRODUCTS);
  const quantity = 1 + Math.floor(random() * 4);
  const price = priceOf(product, day);
  const discount = random() < 0.125 ? Math.floor((price * quantity) / 10) : 0;
  const channel = (['web', 'web', 'app', 'store'] as const)[index % 4]!;
  return {
    id: (day - FIRST_DAY) * MOST_A_DAY + index + 1,
    customer_id: buyer(day, random),
    product_id: skuOf(product),
    channel,
    session_id: channel === 'store' ? null : `s-${day}-${index}`,
    quantity,
    unit_price: euros(price),
    discount: euros(discount),
    amount: euros(price * quantity - discount),
    status: 'paid',
    is_deleted: false,
    sold_at: sqlTime(soldAt),
    updated_at: sqlTime(soldAt),
    soldAt,
  };
}

/** One in twenty is somebody who joined the day before. */
function buyer(day: number, random: () => number): number {
  const joined = newCustomersOf(day - 1);
  const isNew = random() < 0.05 && joined.length > 0;
  return isNew ? joined[Math.floor(random() * joined.length)]! : 1 + Math.floor(random() * FIRST_CUSTOMERS);
}

const euros = (cents: number): string => (cents / 100).toFixed(2);
