/** The grid of a pipeline: runs × steps, and what is done with many of them at once. */
import { z } from 'zod';
import { Refused } from '../../operate/errors';
import { parsed } from '../server/body';
import type { Topic } from '../server/live';
import type { Context, Route } from '../server/route';
import type { ManyResult } from '../types/grid';
import { figuresOf } from './grid/cells';
import { gridPage } from './grid/rows';
import { actsOf, redrive, rerun } from './run/acts';
import { findRow } from './run/shown';

const AT = '/api/pipelines/:pipeline';
/** What a live page is told of at once. */
const FIRST = 60;

export const topics: readonly Topic[] = [
  {
    name: 'grid',
    everyMs: { local: 1000, account: 10_000 },
    read: (context, pipeline) => gridPage(context, pipeline, { from: 0, limit: FIRST }),
  },
];

const window = z.strictObject({
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(FIRST),
});
const MOST_AT_ONCE = 50;
const many = z.strictObject({
  act: z.enum(['redrive', 'rerun']),
  runIds: z.array(z.string().min(1).max(80)).min(1).max(MOST_AT_ONCE, `At most ${MOST_AT_ONCE} runs at once.`),
});
export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: `${AT}/grid`,
    handle: ({ params, query }, context) =>
      gridPage(
        context,
        params.pipeline!,
        parsed(
          window,
          Object.fromEntries(['from', 'limit'].flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : []))),
        ),
      ),
  },
  {
    method: 'GET',
    path: `${AT}/grid/:runId`,
    handle: ({ params }, context) => figuresOf(context, params.pipeline!, params.runId!),
  },
  {
    method: 'POST',
    path: `${AT}/grid/plan`,
    handle: ({ params, body }, context) => planMany(context, params.pipeline!, parsed(many, body)),
  },
  {
    method: 'POST',
    path: `${AT}/grid/act`,
    acts: true,
    handle: ({ params, body }, context) => actMany(context, params.pipeline!, parsed(many, body)),
  },
];

type Many = z.infer<typeof many>;

/** One after the other: each asks what a redrive or a rerun asks. */
async function planMany(context: Context, pipeline: string, { act, runIds }: Many): Promise<ManyResult[]> {
  const results: ManyResult[] = [];
  for (const runId of runIds) {
    const plan = (await actsOf(context, await findRow(context, pipeline, runId)))[act];
    results.push({ runId, ...plan });
  }
  return results;
}

async function actMany(context: Context, pipeline: string, { act, runIds }: Many): Promise<ManyResult[]> {
  const results: ManyResult[] = [];
  for (const runId of runIds) {
    try {
      const run = await findRow(context, pipeline, runId);
      if (act === 'redrive') await redrive(context, run);
      const started = act === 'rerun' ? await rerun(context, run, false) : undefined;
      results.push({ runId, sentences: [], ...(started === undefined ? {} : { started }) });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      results.push({ runId, sentences: [], refusal: error.message });
    }
  }
  return results;
}
