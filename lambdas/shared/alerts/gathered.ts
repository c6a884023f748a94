import type { Alert, AlertKind, AlertSeverity } from '../../../lib/tasks/alert';
import { ledgerKeys } from '../ledger';
import { isSent, markSent, takeAlert } from './claim';
import { getPace, markTold, type PaceItem } from './pace';
import { type AlertServices, publishAlert } from './send';

/** Tells what was gathered, if its time has come. */
export async function tellGathered(pipeline: string, kind: AlertKind, services: AlertServices): Promise<boolean> {
  const item = await getPace(services.ledger, pipeline, kind);
  if (!item?.dueAt || item.gathered.length === 0 || Date.parse(item.dueAt) > services.now()) return false;
  const alert = gatheredAlert(item);
  const claim = ledgerKeys.alert(pipeline, kind, alert.dedupeKey);
  const isMine = await takeAlert(claim, services);
  if (isMine) {
    await publishAlert(alert, services);
    await markSent(claim, services);
  }
  // Also where another has sent it and died before this.
  if (isMine || (await isSent(claim, services.ledger))) await markTold(item, services);
  return isMine;
}

const WHAT: Readonly<Record<AlertKind, readonly [one: string, many: string]>> = {
  failure: ['more failed run', 'more failed runs'],
  partial: ['more partial run', 'more partial runs'],
  quarantine: ['more run with bad rows', 'more runs with bad rows'],
  'check-warning': ['more run with warnings of checks', 'more runs with warnings of checks'],
  'late-input': ['more late input', 'more late inputs'],
  budget: ['more warning about the budget', 'more warnings about the budget'],
  deadline: ['more missed deadline', 'more missed deadlines'],
  freshness: ['more warning of stale data', 'more warnings of stale data'],
  stuck: ['more stuck run', 'more stuck runs'],
  reconciliation: ['more difference between ledgers', 'more differences between ledgers'],
  alarm: ['more alarm', 'more alarms'],
  success: ['more success', 'more successes'],
  recovery: ['more recovery', 'more recoveries'],
};
const RANK: readonly AlertSeverity[] = ['info', 'warning', 'error'];

export function gatheredAlert({ pipeline, kind, gathered, more, told }: PaceItem): Alert {
  const count = gathered.length + more;
  const [one, many] = WHAT[kind];
  const [first, last] = [gathered[0]!, gathered.at(-1)!];
  const severity = gathered.map((each) => each.severity).sort((a, b) => RANK.indexOf(b) - RANK.indexOf(a))[0]!;
  return {
    kind,
    severity,
    pipeline,
    title: `${pipeline}: ${count} ${count === 1 ? one : many} since ${minute(first.at)} UTC`,
    lines: [
      'There were so many that they are told together now, at growing distances. The first ones had mails of their own.',
      `From ${minute(first.at)} to ${minute(last.at)} UTC:`,
      ...gathered.flatMap(({ at, title, command }) => [
        `  ${minute(at)}  ${title}`,
        ...(command === undefined ? [] : [`      ${command}`]),
      ]),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ],
    command: `npx stepwell runs ${pipeline}`,
    dedupeKey: `together#${told}#${first.key}`,
  };
}

const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ');
