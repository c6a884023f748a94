import { tellGathered } from '../shared/alerts/gathered';
import type { PaceItem } from '../shared/alerts/pace';
import type { AlertServices } from '../shared/alerts/send';
import { queryOpen } from '../shared/ledger';
import { eachOf } from './each-of';

const BATCH = 25;

/** Tells what was gathered of alerts that came too often to be told one by one. Returns how many messages that made. */
export async function sweepAlerts(services: AlertServices): Promise<number> {
  const due = await queryOpen<PaceItem>(services.ledger, 'alert', new Date(services.now()).toISOString(), BATCH);
  const told = await eachOf(due, ({ pipeline, kind }) => tellGathered(pipeline, kind, services));
  return told.filter(Boolean).length;
}
