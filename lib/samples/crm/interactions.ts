/** Customer interactions as a shop's CRM has them: made up, but the same for each day, however often and from wherever it is asked. */

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

const DAY_MS = 86_400_000;
const CHANNELS = ['email', 'chat', 'phone', 'social'] as const;
const SUBJECTS = ['Where is my order?', 'Wrong size', 'Rückgabe', 'Facture demandée', 'Thank you 🎁', 'Discount code'];
const AGENTS = ['Zoë', 'Björn', 'Inés', 'Akira', 'Ada'];
const TAGS = ['vip', 'returns', 'shipping', 'billing'];
const CUSTOMERS = 500;
const MOST_PER_DAY = 100_000;

/** Days since 1970. */
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

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
    customer_id: 1 + Math.floor(random() * CUSTOMERS),
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

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
