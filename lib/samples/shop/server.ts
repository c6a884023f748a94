/** The sample shop's database: its tables `customers` and `sales` as they are at the moment of each login. */
import { type SampleDatabase, startSampleDatabase } from '../mysql/server';
import { customerVersions } from './customers';
import { historyStart, saleVersions } from './sales';

export type SampleShop = SampleDatabase;

export interface SampleShopOptions {
  /** default: any that is free */
  readonly port?: number;
  /** milliseconds since 1970; never goes back. Default: the machine's clock */
  readonly now?: () => number;
}

const CUSTOMER = {
  id: 'INTEGER',
  name: 'VARCHAR',
  email: 'VARCHAR',
  country: 'VARCHAR',
  city: 'VARCHAR',
  tier: 'VARCHAR',
  newsletter: 'BOOLEAN',
  created_at: 'TIMESTAMP',
  updated_at: 'TIMESTAMP',
};
const SALE = {
  id: 'BIGINT',
  customer_id: 'INTEGER',
  product_id: 'VARCHAR',
  channel: 'VARCHAR',
  session_id: 'VARCHAR',
  quantity: 'INTEGER',
  unit_price: 'DECIMAL(10,2)',
  discount: 'DECIMAL(10,2)',
  amount: 'DECIMAL(10,2)',
  status: 'VARCHAR',
  is_deleted: 'BOOLEAN',
  sold_at: 'TIMESTAMP',
  updated_at: 'TIMESTAMP',
};

export function startSampleShop({ port = 0, now = Date.now }: SampleShopOptions = {}): Promise<SampleShop> {
  let seen: number | undefined;
  return startSampleDatabase({
    dbname: 'shop',
    port,
    tables: [...tableOf('customers', CUSTOMER), ...tableOf('sales', SALE)],
    arrivals: () => {
      const until = now();
      const since = seen;
      seen = until;
      const customers = customerVersions(since ?? 0, until);
      const sales = saleVersions(since ?? historyStart(until), until);
      return [...insert('customers', CUSTOMER, latest(customers)), ...insert('sales', SALE, latest(sales))];
    },
  });
}

/** Nobody has looked in between. `versions` are in order of time. */
const latest = <Row extends { readonly id: number }>(versions: readonly Row[]): Row[] => [
  ...new Map(versions.map((version) => [version.id, version])).values(),
];

/** A table of versions, and the latest of each as a view; a query may name the database as well. */
function tableOf(name: string, columns: Readonly<Record<string, string>>): string[] {
  const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  const latest = `SELECT ${Object.keys(columns).join(', ')} FROM main.${name}_versions QUALIFY row_number() OVER (PARTITION BY id ORDER BY "visibleAt" DESC) = 1`;
  return [
    `CREATE TABLE ${name}_versions (${list.join(', ')}, "visibleAt" BIGINT)`,
    `CREATE VIEW ${name} AS ${latest}`,
    'CREATE SCHEMA IF NOT EXISTS shop',
    `CREATE VIEW shop.${name} AS FROM main.${name}`,
  ];
}

function insert(name: string, columns: Readonly<Record<string, string>>, versions: readonly object[]): string[] {
  if (versions.length === 0) return [];
  const rows = JSON.stringify(versions).replaceAll("'", "''");
  const structure = JSON.stringify([{ ...columns, visibleAt: 'BIGINT' }]);
  return [
    `INSERT INTO ${name}_versions BY NAME SELECT unnest(from_json('${rows}', '${structure}'), recursive := true)`,
  ];
}
