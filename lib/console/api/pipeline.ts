/** One pipeline and its runs, by page: however many there are. */
import { pipelineNamed } from '../../operate/connection';
import { runsPage } from '../../operate/ledger';
import { waitsOf } from '../../operate/turns';
import { ConsoleError } from '../server/errors';
import type { Topic } from '../server/live';
import type { Context, Route } from '../server/route';
import type { PipelineOverview } from '../types/overview';
import type { RunList } from '../types/pipeline';
import { askingOf } from './asking';
import { markOf, overviewOf } from './overview';

export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/pipelines/:pipeline', handle: ({ params }, context) => one(context, params.pipeline!) },
  {
    method: 'GET',
    path: '/api/pipelines/:pipeline/run-list',
    handle: ({ params, query }, context) =>
      runList(context, params.pipeline!, query.get('status') ?? '', query.get('from') ?? undefined),
  },
];

export const topics: readonly Topic[] = [
  { name: 'pipeline', everyMs: { local: 1500, account: 15_000 }, read: one },
  {
    name: 'run-list',
    everyMs: { local: 1500, account: 10_000 },
    read: (context, argument) => {
      const [pipeline = '', status = ''] = argument.split('/');
      return runList(context, pipeline, status, undefined);
    },
  },
];

async function one(context: Context, name: string): Promise<PipelineOverview> {
  const stacks = await context.stacks();
  return overviewOf(context, pipelineNamed(stacks, name));
}

/** Of a page: two screens of the largest. */
const PAGE = 200;
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

async function runList(
  context: Context,
  name: string,
  wanted: string,
  nextToken: string | undefined,
): Promise<RunList> {
  const stacks = await context.stacks();
  const pipeline = pipelineNamed(stacks, name);
  const status = STATUSES.find((known) => known === wanted);
  if (status === undefined && wanted !== '') throw new ConsoleError('bad-request', `'${wanted}' is no status of runs.`);
  const page = await runsPage(
    context.connection,
    stacks,
    pipeline,
    { limit: PAGE, nextToken, status },
    askingOf(context),
  );
  const waits = await waitsOf(context.connection, stacks, page.runs);
  return {
    runs: page.runs.map((run) => markOf(run, waits)),
    ...(page.nextToken === undefined ? {} : { next: page.nextToken }),
  };
}
