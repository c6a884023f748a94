/**
 * List prices of AWS, by region. Without free tiers, discounts, savings plans, support and tax: what a pipeline adds to a bill that is
 * past its free tiers already.
 */
import { PRICE_TABLES, type Prices, type PriceTable } from './price-tables';

export type { Prices, PriceTable };

export interface PricesUsed extends PriceTable {
  /** the region that was asked for, where there is no table of it and another's was taken */
  readonly insteadOf?: string;
}

export const PRICED_REGIONS: readonly string[] = PRICE_TABLES.map(({ region }) => region);

const FALLBACK = 'us-east-1';

/** Of the region, else of us-east-1, which it says. */
export function pricesOf(region: string): PricesUsed {
  const found = PRICE_TABLES.find((table) => table.region === region);
  if (found) return found;
  return { ...PRICE_TABLES.find((table) => table.region === FALLBACK)!, insteadOf: region };
}
