/** A shop that sells the same things to the same people on every machine. */

/** One line of the export, by header. Absent and empty are the same. */
export type ExportRow = Readonly<Record<string, string>>;

const ADDRESS = ['Name', 'Street', 'Address1', 'Address2', 'Company', 'City', 'Zip', 'Province', 'Country', 'Phone'];

/** Shopify's headers, in its order. */
export const HEADERS: readonly string[] = [
  ...[
    'Name',
    'Email',
    'Financial Status',
    'Paid at',
    'Fulfillment Status',
    'Fulfilled at',
    'Accepts Marketing',
    'Currency',
  ],
  ...['Subtotal', 'Shipping', 'Taxes', 'Total', 'Discount Code', 'Discount Amount', 'Shipping Method', 'Created at'],
  ...['quantity', 'name', 'price', 'compare at price', 'sku', 'requires shipping', 'taxable', 'fulfillment status'].map(
    (name) => `Lineitem ${name}`,
  ),
  ...ADDRESS.map((name) => `Billing ${name}`),
  ...ADDRESS.map((name) => `Shipping ${name}`),
  ...[
    'Notes',
    'Note Attributes',
    'Cancelled at',
    'Payment Method',
    'Payment Reference',
    'Refunded Amount',
    'Vendor',
    'Id',
  ],
  ...['Tags', 'Risk Level', 'Source', 'Lineitem discount'],
  ...[1, 2, 3, 4, 5].flatMap((n) => [`Tax ${n} Name`, `Tax ${n} Value`]),
  'Phone',
];

const PEOPLE = [
  'Ada Łukasik',
  'Bó Nguyễn',
  'Chloé "Coco" Martin',
  'Dmitri Иванов',
  'Eve O’Brien',
  'Fatima al-Zahra',
  '山田 花子',
  'Gus de Vries',
];
const PLACES = [
  {
    street: '12 Rue de la Paix\nBâtiment B, 3e étage',
    city: 'Paris',
    zip: '75002',
    province: '',
    country: 'FR',
    tax: 'FR TVA 20%',
    rate: 0.2,
  },
  {
    street: '500 Main St, Apt 4',
    city: 'Springfield',
    zip: '01103',
    province: 'MA',
    country: 'US',
    tax: 'MA State Tax 6.25%',
    rate: 0.0625,
  },
  { street: 'Hauptstraße 7', city: 'Köln', zip: '50667', province: '', country: 'DE', tax: 'DE MwSt 19%', rate: 0.19 },
  {
    street: '1-2-3 渋谷, "Shibuya" Tower',
    city: '東京',
    zip: '150-0002',
    province: 'JP-13',
    country: 'JP',
    tax: 'JP CT 10%',
    rate: 0.1,
  },
];
const PRODUCTS = Array.from({ length: 120 }, (_, n) => ({
  sku: `SKU-${String(n + 1).padStart(4, '0')}`,
  name: `${['Mug', 'Lamp', 'Scarf', 'Notebook', 'Desk, oak', 'Tea 6" tin'][n % 6]} - ${['S', 'M', 'L', 'Blue', 'Grün'][n % 5]}`,
  cents: 350 + ((n * 7919) % 18_000),
  vendor: ['Stepwell Goods', 'Nord & Süd', 'Acme, Inc.'][n % 3]!,
}));
const OFFSETS = ['-0500', '+0100', '-0400', '+0900', '+0530'];

interface Batch {
  /** `2026-01` */
  readonly month: string;
  readonly seed: number;
  readonly firstOrder: number;
  /** exactly this many lines */
  readonly rows: number;
}

export function ordersOf({ month, seed, firstOrder, rows }: Batch): ExportRow[] {
  const random = generator(seed);
  const lines: ExportRow[] = [];
  for (let number = firstOrder; lines.length < rows; number++) {
    lines.push(...order(number, month, random).slice(0, rows - lines.length));
  }
  return lines;
}

type Random = (below: number) => number;

function order(number: number, month: string, random: Random): ExportRow[] {
  const place = PLACES[random(PLACES.length)]!;
  const person = PEOPLE[random(PEOPLE.length)]!;
  const offset = OFFSETS[random(OFFSETS.length)]!;
  const day = `${month}-${two(1 + random(28))}`;
  const createdAt = `${day} ${two(random(24))}:${two(random(60))}:${two(random(60))} ${offset}`;
  const first = random(PRODUCTS.length);
  const items = Array.from({ length: 1 + random(4) }, (_, n) => {
    const product = PRODUCTS[(first + n * 7) % PRODUCTS.length]!;
    return { product, quantity: 1 + random(3), discount: random(8) === 0 ? 100 : 0 };
  });
  const subtotal = items.reduce((sum, { product, quantity, discount }) => sum + product.cents * quantity - discount, 0);
  const discountCode = random(10) === 0 ? 'WELCOME10' : '';
  const discount = discountCode ? Math.floor(subtotal / 10) : 0;
  const shipping = subtotal > 10_000 ? 0 : 590;
  const tax = Math.round((subtotal - discount) * place.rate);
  const total = subtotal - discount + shipping + tax;
  const status = ['paid', 'paid', 'paid', 'paid', 'pending', 'partially_refunded', 'refunded'][random(7)]!;
  const refunded = status === 'refunded' ? total : status === 'partially_refunded' ? Math.floor(total / 3) : 0;
  const email = `buyer${random(5_000)}@example.com`;
  const name = `#${number}`;

  return items.map(({ product, quantity, discount: itemDiscount }, index) => ({
    Name: name,
    Email: email,
    'Created at': createdAt,
    'Lineitem quantity': String(quantity),
    'Lineitem name': product.name,
    'Lineitem price': money(product.cents),
    'Lineitem compare at price': product.cents % 2 ? money(product.cents + 500) : '',
    'Lineitem sku': product.sku,
    'Lineitem requires shipping': 'true',
    'Lineitem taxable': 'true',
    'Lineitem fulfillment status': status === 'pending' ? 'pending' : 'fulfilled',
    'Lineitem discount': money(itemDiscount),
    Vendor: product.vendor,
    ...(index > 0
      ? {}
      : {
          'Financial Status': status,
          'Paid at': status === 'pending' ? '' : createdAt,
          'Fulfillment Status': status === 'pending' ? 'unfulfilled' : 'fulfilled',
          'Fulfilled at': status === 'pending' ? '' : createdAt,
          'Accepts Marketing': random(2) ? 'yes' : 'no',
          Currency: 'EUR',
          Subtotal: money(subtotal - discount),
          Shipping: money(shipping),
          Taxes: money(tax),
          Total: money(total),
          'Discount Code': discountCode,
          'Discount Amount': money(discount),
          'Shipping Method': shipping ? 'Standard' : 'Free',
          ...addressOf('Billing', person, place),
          ...addressOf('Shipping', person, place),
          Notes: random(20) === 0 ? 'Please leave it "at the door",\nthank you' : '',
          'Cancelled at': status === 'refunded' ? createdAt : '',
          'Payment Method': 'Shopify Payments',
          'Payment Reference': `c${number}.1`,
          'Refunded Amount': money(refunded),
          Id: String(4_500_000_000_000 + number),
          Tags: random(6) === 0 ? 'wholesale, repeat' : '',
          'Risk Level': 'Low',
          Source: 'web',
          'Tax 1 Name': place.tax,
          'Tax 1 Value': money(tax),
        }),
  }));
}

const addressOf = (kind: string, person: string, place: (typeof PLACES)[number]): ExportRow => ({
  [`${kind} Name`]: person,
  [`${kind} Street`]: place.street,
  [`${kind} Address1`]: place.street.split('\n')[0]!,
  [`${kind} Address2`]: place.street.split('\n')[1] ?? '',
  [`${kind} City`]: place.city,
  [`${kind} Zip`]: `'${place.zip}`,
  [`${kind} Province`]: place.province,
  [`${kind} Country`]: place.country,
});

const money = (cents: number): string => `${Math.floor(cents / 100)}.${two(cents % 100)}`;
const two = (n: number): string => String(n).padStart(2, '0');

/** mulberry32: small, even enough, and the same everywhere. */
function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
