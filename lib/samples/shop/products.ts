/** The sample shop's catalogue: forty products, two of which change their price on a day. */
import { DAY_MS, FIRST_DAY, MINUTE_MS, timesSince, type Version } from './calendar';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly cents: number;
  /** what the shop itself pays */
  readonly costCents: number;
  readonly ean: bigint;
  readonly active: boolean;
  readonly dimensions: { readonly width: number; readonly height: number; readonly unit: 'cm' | 'in' };
  readonly tags: readonly string[];
  readonly attributes: { readonly colour: string; readonly sizes: readonly string[]; readonly rating: number | null };
  /** milliseconds since 1970 */
  readonly updatedAt: number;
}

export const PRODUCTS = 40;
const DAYS_BETWEEN_PRICES = 20;
const THINGS = ['Mug', 'Lamp', 'Scarf', 'Notebook', 'Desk, oak', 'Tea 6" tin'];
const COLOURS = ['blue', 'grün', 'red', 'crème'];

export const skuOf = (number: number): string => `p-${String(number).padStart(3, '0')}`;

/** Price in cents on a day, from six in the morning on. */
export const priceOf = (number: number, day: number): number =>
  Math.round(baseCents(number) * (1 + 0.05 * (timesSince(day, DAYS_BETWEEN_PRICES, offsetOf(number)) % 5)));

/** Every price that each had up to `now`, in their order. */
export function productVersions(now: number): Version<Product>[] {
  const versions: Version<Product>[] = [];
  for (let number = 1; number <= PRODUCTS; number++) {
    versions.push(versionOf(number, FIRST_DAY, FIRST_DAY * DAY_MS));
    for (let day = FIRST_DAY + offsetOf(number); day * DAY_MS <= now; day += DAYS_BETWEEN_PRICES)
      versions.push(versionOf(number, day, changeAt(number, day)));
  }
  return versions.filter(({ visibleAt }) => visibleAt <= now).sort((a, b) => a.visibleAt - b.visibleAt);
}

function versionOf(number: number, day: number, at: number): Version<Product> {
  return {
    sku: skuOf(number),
    name: `${THINGS[number % THINGS.length]} No. ${number}`,
    category: ['kitchen', 'home', 'clothing', 'paper'][number % 4]!,
    cents: priceOf(number, day),
    costCents: Math.round(baseCents(number) * 0.6),
    ean: 4_006_381_000_000n + BigInt(number * 8_017),
    active: number % 17 !== 0,
    dimensions: { width: 5 + (number % 30), height: (number * 7) % 90, unit: number % 5 === 0 ? 'in' : 'cm' },
    tags: ['new', 'sale', 'gift'].filter((_, index) => (number + index) % 3 === 0),
    attributes: {
      colour: COLOURS[number % COLOURS.length]!,
      sizes: number % 6 === 2 ? ['S', 'M', 'L'] : [],
      rating: number % 7 === 0 ? null : 3 + (number % 20) / 10,
    },
    updatedAt: at,
    visibleAt: at,
  };
}

const baseCents = (number: number): number => 350 + ((number * 7919) % 18_000);
const offsetOf = (number: number): number => 1 + ((number * 3) % DAYS_BETWEEN_PRICES);
const changeAt = (number: number, day: number): number => day * DAY_MS + (300 + number) * MINUTE_MS;
