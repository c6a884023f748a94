/**
 * Shopify's order export (https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders), column by column.
 * An order has a line for each item that was bought; what belongs to the whole order stands on its first line only.
 * Headers are matched in any spelling: `Lineitem quantity` is `lineitem_quantity`.
 */
import { boolean, decimal, integer, key, text, timestamp } from '../../lib/pipeline';

const money = () => decimal(12, 2);

const address = (kind: 'billing' | 'shipping') => ({
  [`${kind}_name`]: text(255),
  [`${kind}_street`]: text(512),
  [`${kind}_address1`]: text(255),
  [`${kind}_address2`]: text(255),
  [`${kind}_company`]: text(255),
  [`${kind}_city`]: text(255),
  [`${kind}_zip`]: text(32),
  [`${kind}_province`]: text(64),
  [`${kind}_country`]: text(64),
  [`${kind}_phone`]: text(64),
});

const taxes = Object.fromEntries(
  [1, 2, 3, 4, 5].flatMap((n) => [
    [`tax_${n}_name`, text(128)],
    [`tax_${n}_value`, money()],
  ]),
);

export const orderExportColumns = {
  name: key.text(32),
  email: text(254),
  financial_status: text(32),
  paid_at: timestamp(),
  fulfillment_status: text(32),
  fulfilled_at: timestamp(),
  accepts_marketing: boolean(),
  currency: text(3),
  subtotal: money(),
  shipping: money(),
  taxes: money(),
  total: money(),
  discount_code: text(64),
  discount_amount: money(),
  shipping_method: text(128),
  created_at: timestamp().notNull(),
  lineitem_quantity: integer().notNull(),
  lineitem_name: text(255).notNull(),
  lineitem_price: money().notNull(),
  lineitem_compare_at_price: money(),
  lineitem_sku: key.text(64),
  lineitem_requires_shipping: boolean(),
  lineitem_taxable: boolean(),
  lineitem_fulfillment_status: text(32),
  ...address('billing'),
  ...address('shipping'),
  notes: text(4000),
  note_attributes: text(4000),
  cancelled_at: timestamp(),
  payment_method: text(64),
  payment_reference: text(128),
  refunded_amount: money(),
  vendor: text(128),
  id: text(32),
  tags: text(512),
  risk_level: text(16),
  source: text(32),
  lineitem_discount: money(),
  ...taxes,
  phone: text(64),
};
