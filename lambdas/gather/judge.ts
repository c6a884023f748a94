/** When a round ends. Nothing but its item and the clock decides, so that events, timers and the sweeper all come to the same. */
import type { GatheredBy, GatherPlan } from '../../lib/tasks/gather';
import { ALL } from '../../lib/tasks/gather';
import type { Gathering } from './items';

/** Files that come when their date's run has started are loaded together, so that many of them do not start many runs. */
export const LATE_WINDOW_MS = 60_000;

export interface Verdict {
  /** the round ends, for this reason */
  readonly close?: GatheredBy;
  /** look again then; ms */
  readonly next?: number;
  /** its files should be whole by now */
  readonly isOverdue?: boolean;
}

/** A date's files have been loaded once: what comes now is late. Without dates, each round is a set of its own. */
export const isLate = ({ group, round }: Gathering, { rule }: GatherPlan): boolean =>
  rule.kind !== 'batch' && group !== ALL && round > 1;

export function judge(gathering: Gathering, plan: GatherPlan, now: number): Verdict {
  const { openedAt, lastAt, files, markedAt } = gathering;
  const { rule, deadline } = plan;
  if (markedAt !== undefined && rule.kind === 'marker') return { close: isLate(gathering, plan) ? 'late' : 'marker' };
  if (openedAt === undefined) return {};
  const opened = Date.parse(openedAt);
  const at = (due: number, by: GatheredBy): Verdict => (now >= due ? { close: by } : { next: due });
  if (rule.kind === 'batch')
    return files >= rule.maxFiles ? { close: 'maxFiles' } : at(opened + rule.windowSeconds * 1000, 'window');
  if (isLate(gathering, plan))
    return rule.kind === 'quiet'
      ? at(Date.parse(lastAt ?? openedAt) + rule.seconds * 1000, 'late')
      : at(opened + LATE_WINDOW_MS, 'late');
  if (rule.kind === 'files' && files >= rule.count) return { close: 'files' };
  const verdict = rule.kind === 'quiet' ? at(Date.parse(lastAt ?? openedAt) + rule.seconds * 1000, 'quiet') : {};
  if (verdict.close !== undefined || deadline?.kind !== 'within' || gathering.toldRound === gathering.round)
    return verdict;
  const due = opened + deadline.seconds * 1000;
  if (now >= due) return { ...verdict, isOverdue: true };
  return { next: Math.min(due, verdict.next ?? due) };
}
