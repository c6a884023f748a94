/** The log of a run, as its functions have written it. */
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { Refused } from '../operate/errors';
import { historyOf } from '../operate/follow';
import { STEPS } from '../operate/history';
import { findRun, type RunRow } from '../operate/ledger';
import { failedInvocations, groupsOfStep, logsOf } from '../operate/log-lines';
import { PER_SECOND, rateLimiter } from '../operate/rate-limit';
import { connect } from './connect';
import { logText } from './log-text';
import type { VerbOptions } from './printer';

export interface LogsOptions extends VerbOptions {
  readonly pipeline?: string;
  /** a step, or a function of the pipeline */
  readonly step?: string;
  /** `10m`, or a time */
  readonly since?: string;
  readonly follow: boolean;
}

/** Lines are written when they are there: with `--json` one document a line. */
export async function logs(wanted: string, options: LogsOptions): Promise<void> {
  const since = options.since === undefined ? undefined : sinceOf(options.since, new Date());
  const connection = await connect(options);
  const run = await findRun(connection, wanted, options.pipeline);
  const reader = logsOf(connection);
  const groups = await reader.groupsOf(run.pipeline);
  const chosen = options.step === undefined ? groups : groupsOfStep(groups, options.step);
  if (chosen.length === 0) throw noSuchStep(run.pipeline, options.step!, groups);

  const stepFunctions = new SFNClient(connection.client);
  const events = await historyOf(stepFunctions, run.executionArn, rateLimiter(PER_SECOND.history));
  const requestIds = failedInvocations(events);
  const width = Math.max(...chosen.map((group) => group.split('/').at(-1)!.length));
  const written = new Set<string>();
  const writeNew = async (): Promise<void> => {
    const { pipeline, runId } = run;
    // Events may come in late, and out of order: all are read again, and what was written is left out.
    const lines = await reader.lines({ pipeline, runId, groups: chosen, since: since ?? beginOf(run), requestIds });
    for (const { eventId, ...line } of lines) {
      if (written.has(eventId)) continue;
      written.add(eventId);
      process.stdout.write(`${options.json ? JSON.stringify(line) : logText(line, width).join('\n')}\n`);
    }
  };
  await writeNew();
  const isLocal = connection.target.kind === 'local';
  if (options.follow) await follow(stepFunctions, run.executionArn, isLocal ? LATE_MS.local : LATE_MS.aws, writeNew);
  if (written.size === 0) console.error(noneText(run, options));
}

const ROUND_MS = 2000;
/** CloudWatch Logs shows a line some seconds after it was written. */
const LATE_MS = { aws: 6000, local: 500 } as const;

async function follow(
  client: SFNClient,
  executionArn: string,
  lateMs: number,
  writeNew: () => Promise<void>,
): Promise<void> {
  for (;;) {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    const hasEnded = status !== 'RUNNING' && status !== 'PENDING_REDRIVE';
    await new Promise((resolve) => setTimeout(resolve, hasEnded ? lateMs : ROUND_MS));
    await writeNew();
    if (hasEnded) return;
  }
}

/** Clocks differ. */
const EARLIER_MS = 60_000;

export const beginOf = ({ startedAt }: Pick<RunRow, 'startedAt'>): Date => new Date(Date.parse(startedAt) - EARLIER_MS);

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * @throws {Refused}
 *
 * @example sinceOf('90m', now); sinceOf('2026-11-20T07:00Z', now)
 */
export function sinceOf(text: string, now: Date): Date {
  const [, amount, unit] = /^(\d+)\s*([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(now.getTime() - Number(amount) * UNITS[unit!]! * 1000);
  const at = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at)) return new Date(at);
  throw new Refused(
    `--since is a span such as 30s, 10m, 2h or 1d, or a time such as 2026-11-20T07:00Z, not '${text}'.`,
  );
}

function noSuchStep(pipeline: string, step: string, groups: readonly string[]): Refused {
  const functions = groups.map((group) => group.split('/').at(-1)!);
  const steps = STEPS.filter((name) => groupsOfStep(groups, name).length > 0);
  return new Refused(
    `The pipeline '${pipeline}' has no step or function '${step}'. Steps: ${steps.join(', ')}. Functions: ${functions.join(', ')}.`,
  );
}

function noneText({ runId, endedAt }: RunRow, { step, since }: LogsOptions): string {
  const narrowed = step !== undefined || since !== undefined;
  const where = narrowed ? ' there: leave out --step and --since for all of it' : '';
  const when = endedAt === undefined ? '; lines come some seconds late: --follow waits for them' : '';
  return `Run ${runId.slice(0, 8)} has logged nothing${where}${when}. Logs are kept for 90 days.`;
}
