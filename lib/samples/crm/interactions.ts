/** Interactions with the sample shop's customers as a CRM has them: made up, but the same for each day, whenever it is asked. */
import { randomFrom } from '../random';
import { DAY_MS } from '../shop/calendar';
import { FIRST_CUSTOMERS } from '../shop/customers';

export interface Interaction {
  readonly interaction_id: number;
  /** a number of another system, larger than a double can hold: written as it is in the answer */
  readonly external_ref: bigint;
  readonly customer_id: number;
  readonly channel: 'email' | 'chat' | 'phone' | 'social';
  readonly subject: string;
  readonly sentiment: number | null;
  readonly duration_seconds: number | null;
  readonly agent: { readonly id: number; readonly name: string };
  readonly tags: readonly string[];
  readonly occurred_at: string;
  readonly updated_at: string;
}

const CHANNELS = ['email', 'chat', 'phone', 'social'] as const;
const SUBJECTS = ['Where is my order?', 'Wrong size', 'Rückgabe', 'Facture demandée', 'Thank you 🎁', 'Discount code'];
const AGENTS = ['Zoë', 'Björn', 'Inés', 'Akira', 'Ada'];
const TAGS = ['vip', 'returns', 'shipping', 'billing'];
const MOST_PER_DAY = 100_000;

/** The `index`th interaction of a day that has `perDay`; they are in order of `updated_at`. */
export function interactionOf(day: number, index: number, perDay: number): Interaction {
  const random = randomFrom(day * MOST_PER_DAY + index);
  const step = DAY_MS / perDay;
  const updated = day * DAY_MS + Math.floor(index * step + random() * step * 0.9);
  const agent = Math.floor(random() * AGENTS.length);
  const channel = CHANNELS[Math.floor(random() * CHANNELS.length)]!;
  return {
    interaction_id: day * MOST_PER_DAY + index,
    external_ref: 9_007_199_254_740_993n + BigInt(day * MOST_PER_DAY + index) * 2n,
    customer_id: 1 + Math.floor(random() * FIRST_CUSTOMERS),
    channel,
    subject: SUBJECTS[Math.floor(random() * SUBJECTS.length)]!,
    sentiment: random() < 0.2 ? null : Math.round(random() * 200 - 100) / 100,
    duration_seconds: channel === 'phone' || channel === 'chat' ? Math.floor(random() * 1800) : null,
    agent: { id: agent + 1, name: AGENTS[agent]! },
    tags: TAGS.filter(() => random() < 0.25),
    occurred_at: new Date(updated - Math.floor(random() * 3_600_000)).toISOString(),
    updated_at: new Date(updated).toISOString(),
  };
}
