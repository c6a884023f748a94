/** What is deployed and what has run of late, shared by what asks for it: kept for some seconds. */
import type { DeployedPipeline } from '../../operate/connection';
import { type DeployedPlan, planOf } from '../../operate/deployed-plan';
import { latestRuns, type RunRow } from '../../operate/ledger';
import { type PublishedTable, tableNamed, tablesIn } from '../../operate/tables';
import type { Context } from '../server/route';
import { askingOf } from './asking';

const PLAN_MS = { local: 3000, account: 60_000 } as const;
const RUNS_MS = { local: 1000, account: 15_000 } as const;

/** Of a pipeline so many are looked at. */
export const LATEST = 200;

export function plan(context: Context, at: DeployedPipeline): Promise<DeployedPlan> {
  const { connection, cached } = context;
  return cached(`plan ${at.stateMachineArn}`, PLAN_MS[connection.target.kind], () =>
    context.limits.describe(() => planOf(connection, at)),
  );
}

export async function plans(context: Context): Promise<DeployedPlan[]> {
  const { pipelines } = await context.stacks();
  return Promise.all(pipelines.map((at) => plan(context, at)));
}

/** The latest first. */
export async function runs(context: Context, at: DeployedPipeline): Promise<RunRow[]> {
  const { connection, cached } = context;
  const stacks = await context.stacks();
  // A page of runs each: it is the pipelines that have to be kept apart.
  return cached(`latest runs ${at.stateMachineArn}`, RUNS_MS[connection.target.kind], () =>
    latestRuns(connection, stacks, at, LATEST, askingOf(context)),
  );
}

export const tables = async (context: Context): Promise<PublishedTable[]> => tablesIn(await plans(context));

/** @throws {Refused} */
export const tableOf = async (context: Context, id: string): Promise<PublishedTable> =>
  tableNamed(await tables(context), id);
