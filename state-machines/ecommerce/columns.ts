/** The contracts of the sources: what the shop's systems are agreed to hold. */
import { bigint, boolean, decimal, integer, json, key, text, timestamp } from '../../lib/pipeline';

const money = () => decimal(10, 2);

export const saleColumns = {
  id: key.bigint(),
  customer_id: integer().notNull(),
  product_id: text(20).notNull(),
  channel: text(16).notNull(),
  session_id: text(64),
  quantity: integer().notNull(),
  unit_price: money().notNull(),
  discount: money().notNull(),
  amount: money().notNull(),
  status: text(16).notNull(),
  is_deleted: boolean().notNull(),
  sold_at: timestamp().notNull(),
  updated_at: timestamp().notNull(),
};

export const customerColumns = {
  id: key.integer(),
  name: text(128),
  email: text(254),
  country: text(8),
  city: text(128),
  tier: text(16).notNull(),
  newsletter: boolean(),
  created_at: timestamp().notNull(),
  updated_at: timestamp().notNull(),
};

export const interactionColumns = {
  interaction_id: key.bigint(),
  external_ref: bigint(),
  customer_id: integer().notNull(),
  channel: text(16).notNull(),
  subject: text(256),
  sentiment: decimal(3, 2),
  duration_seconds: integer(),
  agent_name: text(128).from('agent.name'),
  tags: json(),
  occurred_at: timestamp().notNull(),
  updated_at: timestamp().notNull(),
};

export const productColumns = {
  sku: key.text(20),
  name: text(128).notNull(),
  category: text(64).notNull(),
  price: money().notNull(),
  cost: money().notNull(),
  ean: bigint(),
  active: boolean().notNull(),
  width: integer().from('dimensions.width'),
  height: integer().from('dimensions.height'),
  unit: text(8).from('dimensions.unit'),
  tags: json(),
  colour: text(32).from('attributes.colour'),
  sizes: json().from('attributes.sizes'),
  rating: decimal(3, 1).from('attributes.rating'),
  updated_at: timestamp().notNull(),
};

export const clickColumns = {
  id: key.text(64),
  session_id: text(64).notNull(),
  user_id: integer(),
  type: text(16).notNull(),
  ts: timestamp().notNull(),
  page: json(),
  product_id: text(20),
  order_id: bigint(),
  device: json(),
};
