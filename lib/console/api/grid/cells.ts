/** How far a run has come, step by step. */

import { SFNClient } from '@aws-sdk/client-sfn';
import { type DeployedPipeline, pipelineNamed } from '../../../operate/connection';
import { countMapRuns } from '../../../operate/follow';
import { advance, NOTHING_YET, type Progress, type Step, shownSteps } from '../../../operate/history';
import type { RunRow } from '../../../operate/ledger';
import type { Context } from '../../server/route';
import type { CellStatus, GridFigures } from '../../types/grid';
import { historyAt } from '../run/histories';

interface Known {
  readonly runId: string;
  readonly status: string;
  readonly endedAt?: string | undefined;
  readonly error?: RunRow['error'] | undefined;
}

const HOUR_MS = 3_600_000;

/** The columns of the grid, and to which of them a state belongs. */
export interface Columns {
  readonly steps: readonly string[];
  readonly stepOf: (state: string) => string;
}

/** By the ledger where that knows; of a run that goes on, or failed who knows where, by its history. */
export async function cellsOf(
  context: Context,
  at: DeployedPipeline,
  { steps, stepOf }: Columns,
  run: Known,
): Promise<readonly CellStatus[]> {
  const { status, error } = run;
  if (status === 'SUCCEEDED' || status === 'PARTIAL') return steps.map(() => 'done');
  if (status === 'SKIPPED') return steps.map((_, index) => (index === 0 ? 'done' : 'none'));
  if (status === 'RUNNING') return cellsIn(steps, (await progressOf(context, at, run.runId)).steps);
  const failedAt = error?.step === undefined ? -1 : steps.indexOf(stepOf(error.step));
  if (failedAt < 0) {
    const executionArn = executionOf(at, run.runId);
    // Asked once: it has ended.
    return context.cached(`cells ${executionArn} ${run.endedAt}`, HOUR_MS, async () =>
      cellsIn(steps, (await progressOf(context, at, run.runId)).steps),
    );
  }
  return steps.map((_, index) => (index < failedAt ? 'done' : index === failedAt ? 'failed' : 'none'));
}

const cellsIn = (steps: readonly string[], known: readonly Step[]): CellStatus[] =>
  steps.map((name) => known.find((step) => step.name === name)?.status ?? 'none');

const executionOf = ({ stateMachineArn }: DeployedPipeline, runId: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${runId}`;

const SHORT_MS = { local: 400, account: 3000 } as const;

const progressOf = (context: Context, at: DeployedPipeline, runId: string): Promise<Progress> => {
  const { connection, limits, cached } = context;
  const executionArn = executionOf(at, runId);
  return cached(`progress ${executionArn}`, SHORT_MS[connection.target.kind], async () => {
    const { history } = await historyAt(context, executionArn);
    const told = advance(NOTHING_YET, history.events);
    return countMapRuns(new SFNClient(connection.client), told, limits.mapRuns);
  });
};

/** Of a run that somebody looks at. */
export async function figuresOf(context: Context, pipeline: string, runId: string): Promise<GridFigures> {
  const at = pipelineNamed(await context.stacks(), pipeline);
  const progress = await progressOf(context, at, runId);
  return {
    steps: shownSteps(progress).map(({ name, status, startedAt, endedAt, done, total, failures }) => ({
      step: name,
      status,
      startedAt: startedAt.toISOString(),
      ...(endedAt ? { endedAt: endedAt.toISOString() } : {}),
      done,
      total,
      failures,
    })),
  };
}
