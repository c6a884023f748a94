/** `backfill pause`, `resume`, `set` and `cancel`. */
import * as operate from '../../operate/backfill/control';
import { type Backfills, backfillsOf, findBackfill } from '../../operate/backfill/ledger';
import { count, plural } from '../../operate/text';
import type { BackfillItem } from '../../tasks/backfill';
import { connect } from '../connect';
import { printer, type VerbOptions } from '../printer';
import { documentOf } from './told';

export async function pauseBackfill(wanted: string, options: VerbOptions): Promise<void> {
  const { backfills, found } = await find(wanted, options);
  const item = await operate.pauseBackfill(backfills, found);
  printer(options).print(documentOf(item), () => [
    `Backfill ${item.id} is paused: runs that are under way go on, no more are started.`,
    `Let it go on: npx stepwell backfill resume ${item.id}`,
  ]);
}

export async function resumeBackfill(
  wanted: string,
  { maxActive, ...options }: VerbOptions & { readonly maxActive?: number },
): Promise<void> {
  const { backfills, found } = await find(wanted, options);
  const item = await operate.resumeBackfill(backfills, found, maxActive);
  printer(options).print(documentOf(item), () => [
    `Backfill ${item.id} goes on${maxActive === undefined ? '' : `, ${count(maxActive)} at a time`}.`,
  ]);
}

export async function setBackfill(
  wanted: string,
  options: VerbOptions & { readonly maxActive: number },
): Promise<void> {
  const { backfills, found } = await find(wanted, options);
  const item = await operate.changeActive(backfills, found, options.maxActive);
  printer(options).print(documentOf(item), () => [
    `Backfill ${item.id} runs ${count(item.maxActive)} at a time from now on${item.status === 'PAUSED' ? ', once it goes on' : ''}; those that are under way go on.`,
  ]);
}

export async function cancelBackfill(wanted: string, options: VerbOptions): Promise<void> {
  const { backfills, found } = await find(wanted, options);
  const { item, stopped } = await operate.cancelBackfill(backfills, found, `npx stepwell backfill cancel ${found.id}`);
  const { succeeded = 0, failed = 0 } = item.counts ?? {};
  printer(options).print(documentOf(item), () => [
    `Backfill ${item.id} is cancelled: ${count(succeeded)} of ${plural(item.runs, 'run')} succeeded, ${count(failed)} failed, ${count(stopped)} under way ${stopped === 1 ? 'was' : 'were'} stopped.`,
    `What has not succeeded can be run: npx stepwell backfill rerun ${item.id}`,
  ]);
}

async function find(
  wanted: string,
  options: VerbOptions,
): Promise<{ readonly backfills: Backfills; readonly found: BackfillItem }> {
  const backfills = await backfillsOf(await connect(options));
  return { backfills, found: await findBackfill(backfills, wanted) };
}
