/** What a run's functions have logged, of one step or of all. */
import type { RunRow } from '../../../operate/ledger';
import { failedInvocations, groupsOfStep, logsOf } from '../../../operate/log-lines';
import type { Context } from '../../server/route';
import type { LogShown } from '../../types/run';
import { historyAt } from './histories';

/** Clocks differ, and lines come late. */
const BESIDE_MS = 60_000;
const MOST_LINES = 500;
const MOST_DETAIL = 2000;

/** The last of them; `state`: of the functions of its step. */
export async function logsShown(
  context: Context,
  run: RunRow,
  state: string | undefined,
): Promise<{ readonly lines: readonly LogShown[]; readonly more: number }> {
  const { pipeline, runId, startedAt, endedAt } = run;
  const reader = logsOf(context.connection);
  const all = await context.cached(`log groups ${pipeline}`, BESIDE_MS, () => reader.groupsOf(pipeline));
  const ofStep = state === undefined ? [] : groupsOfStep(all, state.split(' ')[0]!);
  const { history } = await historyAt(context, run.executionArn, endedAt);
  const lines = await reader.lines({
    pipeline,
    runId,
    groups: ofStep.length > 0 ? ofStep : all,
    since: new Date(Date.parse(startedAt) - BESIDE_MS),
    until: endedAt === undefined ? undefined : new Date(Date.parse(endedAt) + BESIDE_MS),
    requestIds: failedInvocations(history.events),
  });
  return {
    more: Math.max(0, lines.length - MOST_LINES),
    lines: lines.slice(-MOST_LINES).map(({ time, function: name, level, message, details }) => ({
      time,
      function: name,
      level,
      message: message.slice(0, MOST_DETAIL),
      details: Object.entries(details).map(([member, value]) => ({
        name: member,
        value: (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, MOST_DETAIL),
      })),
    })),
  };
}
