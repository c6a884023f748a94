/** Backfills of a pipeline: begun after a dry run, followed, paused, resumed, changed, cancelled, and run again where they have failed. */
import { z } from 'zod';
import { Refused } from '../../operate/errors';
import { MOST_ACTIVE, MOST_FILES, ORDERS, REPROCESS } from '../../tasks/backfill-options';
import { parsed } from '../server/body';
import type { Topic } from '../server/live';
import type { Context, Route } from '../server/route';
import { actsOf, cancel, pause, rerun, rerunDryRun, resume, setActive } from './grid/backfill-acts';
import { dryRun, latest, start } from './grid/backfills';

const AT = '/api/pipelines/:pipeline/backfills';
const ONE = `${AT}/:id`;

export const topics: readonly Topic[] = [
  {
    name: 'backfills',
    everyMs: { local: 700, account: 5000 },
    read: async (context, pipeline) => ({ backfills: await latest(context, pipeline) }),
  },
];

const maxActive = z.number().int().min(1).max(MOST_ACTIVE);
const wanted = z.strictObject({
  intervals: z
    .array(z.strictObject({ start: z.iso.datetime(), end: z.iso.datetime() }))
    .max(1000)
    .optional(),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
  objects: z.string().max(1024).optional(),
  filesPerRun: z.number().int().min(1).max(MOST_FILES).optional(),
  reprocess: z.enum(REPROCESS).default('none'),
  order: z.enum(ORDERS).default('oldest'),
  maxActive: maxActive.default(4),
});
const perhapsActive = z.strictObject({ maxActive: maxActive.optional() });
const nowActive = z.strictObject({ maxActive });

type Act = (context: Context, pipeline: string, id: string, body: unknown) => Promise<unknown>;

const act = (name: string, run: Act): Route => ({
  method: 'POST',
  path: `${ONE}/${name}`,
  acts: true,
  handle: async ({ params, body }, context) => (await run(context, params.pipeline!, params.id!, body ?? {})) ?? {},
});

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: AT,
    handle: async ({ params }, context) => ({ backfills: await latest(context, params.pipeline!) }),
  },
  {
    method: 'POST',
    path: `${AT}/plan`,
    handle: ({ params, body }, context) => {
      const { maxActive: _, ...of } = parsed(wanted, body);
      return dryRun(context, params.pipeline!, of);
    },
  },
  {
    method: 'POST',
    path: AT,
    acts: true,
    handle: async ({ params, body }, context) => {
      const { maxActive: atOnce, ...of } = parsed(wanted, body);
      const id = await start(context, params.pipeline!, of, atOnce);
      if (id === undefined) throw new Refused('There is nothing to run: all of it is loaded, or is being loaded.');
      return { id };
    },
  },
  {
    method: 'GET',
    path: `${ONE}/acts`,
    handle: ({ params }, context) => actsOf(context, params.pipeline!, params.id!),
  },
  {
    method: 'GET',
    path: `${ONE}/rerun`,
    handle: ({ params }, context) => rerunDryRun(context, params.pipeline!, params.id!),
  },
  act('pause', pause),
  act('resume', (context, pipeline, id, body) => resume(context, pipeline, id, parsed(perhapsActive, body).maxActive)),
  act('set', (context, pipeline, id, body) => setActive(context, pipeline, id, parsed(nowActive, body).maxActive)),
  act('cancel', cancel),
  act('rerun', async (context, pipeline, id, body) => ({
    id: await rerun(context, pipeline, id, parsed(perhapsActive, body).maxActive),
  })),
];
