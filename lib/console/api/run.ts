/** A run: its graph with live states, what is in each, its items, logs and history; and what can be done with it. */
import { z } from 'zod';
import { parsed } from '../server/body';
import { ConsoleError } from '../server/errors';
import type { Topic } from '../server/live';
import { type Context, Download, type Request, type Route } from '../server/route';
import { actsOf, redrive, rerun, stop } from './run/acts';
import { detailsOf, eventShown, stateDetail } from './run/detail';
import { fileOf, filesShown } from './run/files';
import { historyAt } from './run/histories';
import { childDetail, distributedItems, inlineItem, inlineItems } from './run/items';
import { logsShown } from './run/logs';
import { findRow, runShown } from './run/shown';

const AT = '/api/runs/:pipeline/:runId';

export const topics: readonly Topic[] = [
  {
    name: 'run',
    everyMs: { local: 400, account: 3000 },
    read: (context, argument) => {
      const [pipeline = '', runId = ''] = argument.split('/');
      return runShown(context, pipeline, runId);
    },
  },
];

type Handle = (row: Awaited<ReturnType<typeof findRow>>, request: Request, context: Context) => Promise<unknown>;

/** Of a run that there is. */
const route = (method: Route['method'], rest: string, handle: Handle, acts?: true): Route => ({
  method,
  path: `${AT}${rest}`,
  ...(acts ? { acts } : {}),
  handle: async (request, context) => {
    const { pipeline = '', runId = '' } = request.params;
    return handle(await findRow(context, pipeline, runId), request, context);
  },
});

const page = z.strictObject({
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  filter: z.enum(['all', 'failed', 'running']).default('all'),
});
const pageOf = ({ query }: Request) =>
  parsed(
    page,
    Object.fromEntries(
      ['from', 'limit', 'filter'].flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : [])),
    ),
  );
const itemOf = z.coerce.number().int().min(0);
const childName = z.string().regex(/^[^:/]{1,80}(:[^:/]{1,80})?$/);
const missingOnly = z.strictObject({ missingOnly: z.boolean().default(false) });

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: AT,
    handle: ({ params: { pipeline = '', runId = '' } }, context) => runShown(context, pipeline, runId),
  },
  route(
    'GET',
    '/graph',
    async ({ executionArn, endedAt }, _, context) => (await historyAt(context, executionArn, endedAt)).graph,
  ),
  route('GET', '/acts', async (row, _, context) => actsOf(context, row)),
  route('GET', '/states/:state', async ({ executionArn, endedAt, pipeline, runId }, { params, query }, context) => {
    const item = query.get('item');
    return stateDetail(
      await historyAt(context, executionArn, endedAt),
      params.state!,
      item === null ? undefined : parsed(itemOf, item),
      textAt(pipeline, runId),
    );
  }),
  route('GET', '/states/:state/items', async ({ executionArn, endedAt }, request, context) => {
    const looked = await historyAt(context, executionArn, endedAt);
    const state = request.params.state!;
    const mapRuns = mapRunsOf(looked, state);
    const wanted = pageOf(request);
    return mapRuns.length > 0 ? distributedItems(context, mapRuns, wanted) : inlineItems(looked, state, wanted);
  }),
  route('GET', '/states/:state/items/:item', async ({ executionArn, endedAt }, { params }, context) => {
    const looked = await historyAt(context, executionArn, endedAt);
    const mapRuns = mapRunsOf(looked, params.state!);
    return mapRuns.length > 0
      ? childDetail(context, mapRuns.at(-1)!, parsed(childName, params.item))
      : inlineItem(looked, params.state!, parsed(itemOf, params.item));
  }),
  route('GET', '/events', async ({ executionArn, endedAt, pipeline, runId }, request, context) => {
    const { history } = await historyAt(context, executionArn, endedAt);
    const { from, limit } = pageOf(request);
    const state = request.query.get('state');
    const events = state === null ? history.events : history.events.filter(({ id }) => history.stateOf(id!) === state);
    return {
      total: events.length,
      from,
      events: events.slice(from, from + limit).map((event) => eventShown(history, event, textAt(pipeline, runId))),
    };
  }),
  route('GET', '/events/:event', async ({ executionArn, endedAt, runId }, { params }, context) => {
    const { history } = await historyAt(context, executionArn, endedAt);
    const event = history.events[parsed(itemOf, params.event) - 1];
    if (event === undefined) throw new ConsoleError('not-found', `The run has no event ${params.event}.`);
    return new Download(`${runId}-event-${event.id}.json`, JSON.stringify(detailsOf(event), null, 2));
  }),
  route('GET', '/files', (row, _, context) => filesShown(context, row)),
  route('GET', '/files/:file', (row, { params }, context) => fileOf(context, row, parsed(itemOf, params.file))),
  route('GET', '/logs', async (row, { query }, context) => logsShown(context, row, query.get('state') ?? undefined)),
  route('POST', '/redrive', async (row, _, context) => redrive(context, row).then(() => ({})), true),
  route('POST', '/stop', async (row, _, context) => stop(context, row).then(() => ({})), true),
  route(
    'POST',
    '/rerun',
    async (row, { body }, context) => {
      const { missingOnly: alone } = parsed(missingOnly, body ?? {});
      return { pipeline: row.pipeline, runId: await rerun(context, row, alone) };
    },
    true,
  ),
];

const mapRunsOf = ({ history }: Awaited<ReturnType<typeof historyAt>>, state: string): string[] =>
  (history.byState.get(state) ?? []).flatMap(({ mapRunArns }) => mapRunArns);

const textAt = (pipeline: string, runId: string) => (event: number) =>
  `/api/runs/${encodeURIComponent(pipeline)}/${encodeURIComponent(runId)}/events/${event}`;
