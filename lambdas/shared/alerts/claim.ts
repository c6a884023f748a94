/** One sender for each alert, though events come twice and functions die: an item of the ledger says who it is. */
import { getItem, type ItemKey, type Ledger, putItem, updateItem } from '../ledger';

export interface Sender {
  readonly ledger: Ledger;
  /** of the invocation: a retried one has the same */
  readonly requestId: string;
  readonly now: () => number;
}

interface AlertItem {
  readonly sender: string;
  /** ms since 1970 */
  readonly takenAt: number;
  /** ISO 8601 */
  readonly sentAt?: string;
  /** seconds since 1970: DynamoDB forgets it some time after */
  readonly expiresAt: number;
}

const SENDING_MS = 2 * 60_000;
/** As long as AWS keeps an execution, and a redrive of it. */
const KEPT_S = 100 * 86_400;

/**
 * Whoever writes the item sends; if that invocation dies before it has noted `sentAt`, its retry sends (it has the same request id),
 * or another one after a while.
 */
export function takeAlert(alert: ItemKey, { ledger, requestId, now }: Sender): Promise<boolean> {
  const item: AlertItem = { sender: requestId, takenAt: now(), expiresAt: Math.floor(now() / 1000) + KEPT_S };
  return putItem(ledger, alert, item, {
    expression: 'attribute_not_exists(pk) OR (attribute_not_exists(sentAt) AND (sender = :me OR takenAt < :before))',
    values: { ':me': requestId, ':before': now() - SENDING_MS },
  });
}

export async function markSent(alert: ItemKey, { ledger, now }: Sender): Promise<void> {
  await updateItem(ledger, alert, { sentAt: new Date(now()).toISOString() });
}

export const isSent = async (alert: ItemKey, ledger: Ledger): Promise<boolean> =>
  (await getItem<AlertItem>(ledger, alert))?.sentAt !== undefined;
