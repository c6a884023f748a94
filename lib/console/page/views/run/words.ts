/** Statuses of states, as words and shapes. */
import type { Graph } from '../../../types/graph';
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

/** Of each state that items of a Distributed Map have: the outermost such Map around it. */
export function mapsAround({ nodes }: Graph): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const distributed = new Set(nodes.flatMap(({ id, distributed: is }) => (is ? [id] : [])));
  // Each comes after the one that it lies in.
  for (const { id, parent } of nodes) {
    if (parent === undefined) continue;
    const map = found.get(parent) ?? (distributed.has(parent) ? parent : undefined);
    if (map !== undefined) found.set(id, map);
  }
  return found;
}
