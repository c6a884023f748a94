/**
 * What the ecommerce pipeline's tables must hold, run after run: computed in TypeScript from what the sample shop's generators say, and
 * from what each write mode means. Values as the database writes them.
 */
import { interactionOf } from '../../lib/samples/crm/interactions';
import { DAY_MS, dayOf, rowsAt, sqlTime } from '../../lib/samples/shop/calendar';
import { productsAt } from '../../lib/samples/shop/catalogue';
import { type Click, clicksOn } from '../../lib/samples/shop/clicks';
import { type Customer, customerVersions } from '../../lib/samples/shop/customers';
import type { Product } from '../../lib/samples/shop/products';
import { historyStart, saleVersions } from '../../lib/samples/shop/sales';
import type { Row } from './pipelines-cloud';

const HOUR_MS = 3_600_000;

export interface ShopRun {
  /** the interval's start; it ends a day later */
  readonly start: number;
  /** when the sources are read */
  readonly at: number;
  /** the first of all: reads what was before the interval, too */
  readonly isInitial: boolean;
}

export interface ShopOptions {
  /** when the shop was first looked at: what is older than its history is not in it */
  readonly opened: number;
  readonly interactionsPerDay: number;
  /** of conversations that the CRM tells without being asked for a time */
  readonly interactionDays: number;
}

interface Told {
  readonly row: Row;
  readonly newest: string;
  readonly arrival: number;
}

export class ExpectedShop {
  private readonly sales = new Map<string, Told & { readonly deleted: boolean }>();
  private readonly interactions = new Map<string, Told>();
  private readonly sessions = new Map<string, Told>();
  private readonly days = new Map<string, Told>();
  /** every state that was told, by key and time */
  private readonly customers = new Map<string, Told>();
  private readonly products = new Map<string, Told>();

  constructor(private readonly options: ShopOptions) {}

  /** Brings a run's rows into the tables, and says how many clicks it loads. */
  run({ start, at, isInitial }: ShopRun): { readonly clicks: readonly Row[] } {
    const arrival = start + DAY_MS;
    const [from, to] = [start - HOUR_MS, start + DAY_MS];
    const customers = rowsAt(customerVersions(0, at), ({ id }) => id, at);
    const products = new Map(productsAt(at).map((product) => [product.sku, product]));
    for (const customer of customers)
      this.tell(
        this.customers,
        `${customer.id} ${customer.updated_at}`,
        customerRow(customer),
        customer.updated_at,
        arrival,
      );
    for (const product of products.values()) {
      const updated = sqlTime(product.updatedAt);
      this.tell(this.products, `${product.sku} ${updated}`, productRow(product), updated, arrival);
    }
    const byId = new Map(customers.map((customer) => [customer.id, customer]));

    const sales = rowsAt(saleVersions(historyStart(this.options.opened), at), ({ id }) => id, at);
    for (const sale of sales) {
      if (sale.updated_at >= sqlTime(to) || (!isInitial && sale.updated_at < sqlTime(from))) continue;
      const product = products.get(sale.product_id)!;
      const row: Row = {
        sale_id: String(sale.id),
        customer_id: String(sale.customer_id),
        product_id: sale.product_id,
        customer_country: byId.get(sale.customer_id)!.country.toUpperCase(),
        category: product.category,
        channel: sale.channel,
        session_id: sale.session_id,
        quantity: String(sale.quantity),
        unit_price: sale.unit_price,
        discount: sale.discount,
        amount: sale.amount,
        margin: cents(centsOf(sale.amount) - sale.quantity * product.costCents),
        status: sale.status,
        sold_at: sale.sold_at,
        sold_on: sale.sold_at.slice(0, 10),
        updated_at: sale.updated_at,
        is_deleted: sale.is_deleted ? 't' : 'f',
      };
      this.merge(this.sales, String(sale.id), { row, newest: sale.updated_at, arrival, deleted: sale.is_deleted });
    }

    this.runInteractions({ start, at, isInitial }, byId, arrival);
    const day = dateOf(dayOf(start));
    const clicks = clicksOn(dayOf(start)).filter(({ device }) => !device.agent.includes('Bot'));
    for (const [key, row] of sessionRows(clicks)) this.merge(this.sessions, key, { row, newest: '', arrival });
    for (const product of products.values()) {
      const row = dayRow(day, product, clicks);
      if (row) this.merge(this.days, `${row.day} ${row.product_id}`, { row, newest: '', arrival });
    }
    return { clicks: clicks.map(clickRow) };
  }

  private runInteractions(
    { start, at, isInitial }: ShopRun,
    customers: ReadonlyMap<number, Customer>,
    arrival: number,
  ): void {
    const { interactionsPerDay: perDay, interactionDays } = this.options;
    const since = isInitial ? (dayOf(at) - interactionDays) * DAY_MS : start;
    const before = Math.min(start + DAY_MS, at);
    for (let day = dayOf(since); day <= dayOf(before); day++) {
      for (let index = 0; index < perDay; index++) {
        const one = interactionOf(day, index, perDay);
        const updated = Date.parse(one.updated_at);
        if (updated < since || updated >= before) continue;
        const row: Row = {
          interaction_id: String(one.interaction_id),
          external_ref: String(one.external_ref),
          customer_id: String(one.customer_id),
          customer_tier: customers.get(one.customer_id)!.tier,
          channel: one.channel,
          subject: one.subject,
          sentiment: one.sentiment === null ? null : one.sentiment.toFixed(2),
          duration_seconds: one.duration_seconds === null ? null : String(one.duration_seconds),
          agent_name: one.agent.name,
          tags: JSON.stringify(one.tags),
          occurred_at: shown(one.occurred_at),
          occurred_on: one.occurred_at.slice(0, 10),
          updated_at: shown(one.updated_at),
        };
        this.merge(this.interactions, row.interaction_id!, { row, newest: one.updated_at, arrival });
      }
    }
  }

  /** A newer row wins, of two as new the one that arrived later. */
  private merge<T extends Told>(rows: Map<string, T>, key: string, told: T): void {
    const there = rows.get(key);
    if (there && (there.newest > told.newest || (there.newest === told.newest && there.arrival > told.arrival))) return;
    rows.set(key, told);
  }

  private tell(states: Map<string, Told>, key: string, row: Row, newest: string, arrival: number): void {
    const there = states.get(key);
    if (!there || there.arrival <= arrival) states.set(key, { row, newest, arrival });
  }

  tables(): Record<string, Row[]> {
    const fact_sales = rowsOf([...this.sales.values()].filter(({ deleted }) => !deleted));
    return {
      fact_sales,
      daily_sales: salesOfDays(fact_sales),
      fact_interactions: rowsOf(this.interactions.values()),
      fact_sessions: rowsOf(this.sessions.values()),
      daily_products: rowsOf(this.days.values()),
      dim_customer: versionsOf(this.customers, 'customer_id', ['country', 'city', 'tier']),
      dim_product: versionsOf(this.products, 'product_id', ['name', 'category', 'price', 'active']),
    };
  }
}

const rowsOf = (told: Iterable<Told>): Row[] => [...told].map(({ row }) => row);

/** A run of states whose tracked columns are the same is one version, which says what the last of them says. */
function versionsOf(states: ReadonlyMap<string, Told>, key: string, tracked: readonly string[]): Row[] {
  const byKey = new Map<string, Told[]>();
  for (const told of states.values()) byKey.set(told.row[key]!, [...(byKey.get(told.row[key]!) ?? []), told]);
  return [...byKey.values()].flatMap((all) => {
    const versions: { since: string; row: Row }[] = [];
    for (const { row, newest } of all.sort((a, b) => (a.newest < b.newest ? -1 : 1))) {
      const last = versions.at(-1);
      if (last && tracked.every((name) => last.row[name] === row[name])) last.row = row;
      else versions.push({ since: newest, row });
    }
    return versions.map(({ since, row }, index) => {
      const next = versions[index + 1]?.since ?? null;
      return { ...row, valid_from: since, valid_to: next, is_current: next === null ? 't' : 'f' };
    });
  });
}

const customerRow = (one: Customer): Row => ({
  customer_id: String(one.id),
  name: one.name,
  email: one.email.trim().toLowerCase(),
  country: one.country.toUpperCase(),
  city: one.city.trim() || null,
  tier: one.tier,
  newsletter: one.newsletter ? 't' : 'f',
  customer_since: one.created_at.slice(0, 10),
  updated_at: one.updated_at,
});

function productRow(one: Product): Row {
  const cm = (length: number) => (one.dimensions.unit === 'in' ? length * 2.54 : length).toFixed(2);
  return {
    product_id: one.sku,
    name: one.name,
    category: one.category,
    price: cents(one.cents),
    cost: cents(one.costCents),
    ean: String(one.ean),
    active: one.active ? 't' : 'f',
    colour: one.attributes.colour,
    width_cm: cm(one.dimensions.width),
    height_cm: cm(one.dimensions.height),
    tags: one.tags.length > 0 ? JSON.stringify([...one.tags].sort()) : null,
    sizes: JSON.stringify(one.attributes.sizes),
    rating: one.attributes.rating === null ? null : one.attributes.rating.toFixed(1),
    updated_at: sqlTime(one.updatedAt),
  };
}

const clickRow = (click: Click): Row => ({
  event_id: click.id,
  session_id: click.session_id,
  customer_id: click.user_id === null ? null : String(click.user_id),
  type: click.type,
  occurred_at: shown(click.ts),
  path: click.page.path,
  search: click.page.query ?? null,
  product_id: click.product_id,
  sale_id: click.order_id === null ? null : String(click.order_id),
  device: click.device.type,
  visited_on: click.ts.slice(0, 10),
});

function sessionRows(clicks: readonly Click[]): Map<string, Row> {
  const sessions = new Map<string, Click[]>();
  for (const click of clicks) {
    const key = `${click.session_id} ${click.ts.slice(0, 10)}`;
    sessions.set(key, [...(sessions.get(key) ?? []), click]);
  }
  return new Map(
    [...sessions].map(([key, all]) => {
      const count = (isOne: (click: Click) => boolean) => String(all.filter(isOne).length);
      const [first, last] = [all[0]!, all.at(-1)!];
      const sale = all.find(({ order_id }) => order_id !== null)?.order_id;
      return [
        key,
        {
          session_id: first.session_id,
          visited_on: first.ts.slice(0, 10),
          customer_id: first.user_id === null ? null : String(first.user_id),
          device: first.device.type,
          started_at: shown(first.ts),
          ended_at: shown(last.ts),
          // whole seconds of the clock that passed
          seconds: String(Math.floor(Date.parse(last.ts) / 1000) - Math.floor(Date.parse(first.ts) / 1000)),
          events: String(all.length),
          product_views: count(({ type, product_id }) => type === 'view' && product_id !== null),
          carts: count(({ type }) => type === 'cart'),
          sale_id: sale === undefined || sale === null ? null : String(sale),
        },
      ];
    }),
  );
}

function dayRow(day: string, product: Product, clicks: readonly Click[]): Row | undefined {
  const seen = clicks.filter(({ product_id }) => product_id === product.sku);
  const count = (kind: Click['type']) => String(seen.filter(({ type }) => type === kind).length);
  if (seen.length === 0) return undefined;
  return {
    day,
    product_id: product.sku,
    name: product.name,
    category: product.category,
    visits: String(new Set(seen.map(({ session_id }) => session_id)).size),
    views: count('view'),
    carts: count('cart'),
    purchases: count('purchase'),
  };
}

/** Over all sales that the table has. */
function salesOfDays(sales: readonly Row[]): Row[] {
  const days = new Map<string, Row[]>();
  for (const sale of sales) {
    const key = `${sale.sold_on} ${sale.category}`;
    if (sale.status !== 'returned') days.set(key, [...(days.get(key) ?? []), sale]);
  }
  return [...days.values()].map((all) => {
    const sum = (name: 'amount' | 'margin') => cents(all.reduce((total, sale) => total + centsOf(sale[name]!), 0));
    return {
      sold_on: all[0]!.sold_on!,
      category: all[0]!.category!,
      sales: String(all.length),
      quantity: String(all.reduce((total, { quantity }) => total + Number(quantity), 0)),
      revenue: sum('amount'),
      margin: sum('margin'),
    };
  });
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const centsOf = (amount: string): number => Math.round(Number(amount) * 100);
const cents = (value: number): string => (value / 100).toFixed(2);
/** ISO 8601 as PostgreSQL writes it: without zeros at the end. */
const shown = (iso: string): string => iso.replace('T', ' ').replace(/\.?0*Z$/, '');
