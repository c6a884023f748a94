/** Adds up what a pipeline costs in this month, by its own log, and tells when that comes near its budget. */
import {
  addTo,
  type BudgetedMonth,
  beginning,
  beginOfMonth,
  endOfMonth,
  judge,
  type MonthSoFar,
  monthOf,
  type Verdict,
} from '../../lib/cost/month';
import type { PricesUsed } from '../../lib/cost/prices';
import { Meter } from '../../lib/cost/read-log';
import type { Alert } from '../../lib/tasks/alert';
import type { WatchBudgetInput } from '../../lib/tasks/budget';
import { getItem, type Ledger, ledgerKeys, putItem } from '../shared/ledger';

export interface LoggedLine {
  readonly timestamp: number;
  readonly message: string;
}

export interface BudgetServices {
  readonly ledger: Ledger;
  /** ms since 1970, `from` included and `to` not */
  readonly readLog: (group: string, from: number, to: number) => AsyncIterable<LoggedLine>;
  readonly send: (alert: Alert) => Promise<unknown>;
  readonly prices: PricesUsed;
  readonly now: () => number;
  readonly remainingMs: () => number;
}

/** CloudWatch Logs shows a line some seconds after it was written. */
const LATE_MS = 2 * 60_000;
/** Counted at once, and written down: what a next attempt need not read again. */
const STRETCH_MS = 6 * 3_600_000;
/** The end of a month is still counted so long into the next one. */
const AFTER_MS = 3 * 3_600_000;
const LEAST_REMAINING_MS = 60_000;

export async function watchBudget(input: WatchBudgetInput, services: BudgetServices): Promise<MonthSoFar> {
  const until = services.now() - LATE_MS;
  const month = monthOf(until);
  const before = monthOf(beginOfMonth(month) - 1);
  if (until - beginOfMonth(month) < AFTER_MS) await advance(input, before, endOfMonth(before), services);
  return advance(input, month, until, services);
}

async function advance(
  input: WatchBudgetInput,
  month: string,
  until: number,
  services: BudgetServices,
): Promise<MonthSoFar> {
  const { pipeline, monthly, logs, capacity, transitions } = input;
  const at = ledgerKeys.costOfMonth(pipeline, month);
  const known = await getItem<MonthSoFar>(services.ledger, at);
  let sofar = known ?? beginning(month);
  let isNew = known === undefined;
  while (sofar.until < until && services.remainingMs() > LEAST_REMAINING_MS) {
    const to = Math.min(until, sofar.until + STRETCH_MS);
    const meter = new Meter();
    for (const [label, group] of Object.entries(logs))
      for await (const line of services.readLog(group, sofar.until, to)) meter.add(line, label);
    const next = addTo(sofar, meter, to, { prices: services.prices.prices, capacity, transitions });
    const isMine = await putItem<BudgetedMonth>(
      services.ledger,
      at,
      { ...next, monthly },
      isNew ? ABSENT : stillAt(sofar.until),
    );
    // Another invocation counts the same just now: what it has counted is not counted twice.
    if (!isMine) return (await getItem<MonthSoFar>(services.ledger, at)) ?? sofar;
    [sofar, isNew] = [next, false];
  }
  const verdict = judge(sofar, monthly);
  if (verdict) await services.send(alertOf(pipeline, monthly, sofar, verdict, services.prices));
  return sofar;
}

const ABSENT = { expression: 'attribute_not_exists(pk)' };
const stillAt = (until: number) => ({
  expression: '#until = :until',
  names: { '#until': 'until' },
  values: { ':until': until },
});

function alertOf(
  pipeline: string,
  monthly: number,
  { month, usd, services }: MonthSoFar,
  { kind, forecast }: Verdict,
  { region, asOf }: PricesUsed,
): Alert {
  const dollars = (amount: number) => `$${amount.toFixed(2)}`;
  const spent = `${dollars(usd)} of ${dollars(monthly)}`;
  const titles = {
    over: `${pipeline} has spent its budget of ${month}: ${spent}`,
    near: `${pipeline} has spent ${Math.floor((usd / monthly) * 100)} % of its budget of ${month}: ${spent}`,
    forecast: `${pipeline} will spend more than its budget of ${month}: ${spent} until now`,
  };
  const largest = Object.entries(services).sort((a, b) => b[1] - a[1]);
  return {
    kind: 'budget',
    severity: 'warning',
    pipeline,
    title: titles[kind],
    lines: [
      ...(forecast === undefined ? [] : [`Going on as before, the month comes to about ${dollars(forecast)}.`]),
      'Runs go on: a budget stops nothing.',
      'Where it went:',
      ...largest.slice(0, 6).map(([service, amount]) => `  ${service.padEnd(16)} ${dollars(amount)}`),
      `By what its functions have logged and the list prices of ${region} of ${asOf}; the databases are estimated. AWS's bill comes later.`,
    ],
    command: `npx stepwell cost ${pipeline} --month ${month}`,
    dedupeKey: `${month}#${kind}`,
  };
}
