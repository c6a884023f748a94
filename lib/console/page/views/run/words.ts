/** Statuses of states, as words and shapes. */
import type { ItemCounts, StateShown, StateStatus } from '../../../types/run';
import type { StatusKind } from '../../parts/status';
import { countText, plural } from '../../parts/text';

export const KIND: Readonly<Record<StateStatus, StatusKind>> = {
  waiting: 'waiting',
  running: 'running',
  succeeded: 'good',
  failed: 'bad',
  caught: 'partial',
  aborted: 'stopped',
};

export const WORD: Readonly<Record<StateStatus, string>> = {
  waiting: 'waiting',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  caught: 'failed, and caught',
  aborted: 'stopped',
};

/** `37 of 10,000 items, 2 failed` */
export function itemsText({ total, succeeded, failed, aborted }: ItemCounts): string {
  const bad = failed + aborted;
  return `${countText(succeeded)} of ${plural(total, 'item')}${bad > 0 ? `, ${countText(bad)} failed` : ''}`;
}

/** Below a state's name: what is special about it. */
export function noteOf({ items, failures, visits, status, running }: StateShown): string {
  if (items) return itemsText(items);
  const retries = failures > 0 ? `${plural(failures, 'attempt')} failed` : '';
  const times = visits > 1 ? `${countText(visits)} times` : '';
  const now = status === 'running' && running > 1 ? `${countText(running)} at work` : '';
  return [now || times, retries].filter(Boolean).join(', ');
}
