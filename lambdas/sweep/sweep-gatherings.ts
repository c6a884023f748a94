import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GATHERING_DUE, type GatheringDue, OPEN_GATHERING } from '../../lib/tasks/gather';
import { getItem, type Ledger, ledgerKeys, queryOpen, updateItem } from '../shared/ledger';
import { eachOf } from './each-of';

const BATCH = 50;
const LOOK_AGAIN_MS = 60 * 60_000;

interface Open {
  readonly pipeline: string;
  readonly group: string;
  readonly openPk?: string;
  readonly dueAt?: string;
}

/**
 * Files that wait, whose timer should have come: the event that has their pipeline's function look. Returns for how many it was sent. What
 * waits rightly, as for a marker, is looked at once an hour.
 */
export async function sweepGatherings(services: {
  readonly ledger: Ledger;
  readonly events: EventBridgeClient;
  readonly now: () => number;
}): Promise<number> {
  const { ledger, events, now } = services;
  const until = new Date(now()).toISOString();
  const due = await queryOpen<Open>(ledger, OPEN_GATHERING, until, BATCH);
  const sent = await eachOf(due, async ({ pipeline, group }) => {
    const at = ledgerKeys.gathering(pipeline, group);
    const item = await getItem<Open>(ledger, at);
    // The index lags behind the table.
    if (item?.openPk !== OPEN_GATHERING || (item.dueAt ?? '') > until) return false;
    const detail: GatheringDue = { pipeline, group };
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({
        Entries: [{ Source: 'stepwell', DetailType: GATHERING_DUE, Detail: JSON.stringify(detail) }],
      }),
    );
    if (FailedEntryCount) throw new Error(`EventBridge did not take the event: ${Entries?.[0]?.ErrorMessage}`);
    const dueAt = new Date(now() + LOOK_AGAIN_MS).toISOString();
    const same = {
      expression: 'openPk = :open AND dueAt = :due',
      values: { ':open': OPEN_GATHERING, ':due': item.dueAt },
    };
    await updateItem(ledger, at, { dueAt }, same);
    return true;
  });
  return sent.filter(Boolean).length;
}
