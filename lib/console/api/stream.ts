/** The stream that starts a pipeline: how it does, and what of it was given up, to be taken again. */
import { z } from 'zod';
import { alarmsOf } from '../../operate/alarms';
import { type DeployedPipeline, type DeployedStream, pipelineNamed } from '../../operate/connection';
import { Refused } from '../../operate/errors';
import { stateOf } from '../../operate/pause-note';
import { HOT, MEASURED_MINUTES, streamState } from '../../operate/stream';
import { plural } from '../../operate/text';
import { parsed } from '../server/body';
import { ConsoleError } from '../server/errors';
import type { Topic } from '../server/live';
import type { Context, Route } from '../server/route';
import type { GivenUpActs, StreamShown } from '../types/stream';
import { markOf } from './overview';
import { planned } from './planned';
import { runs } from './plans';
import { beginTaking, requireIdle, takingOf } from './stream/taking';

const AT = '/api/pipelines/:pipeline/stream';
const taking = z.strictObject({ dropExpired: z.boolean().default(false) });

export const routes: readonly Route[] = [
  { method: 'GET', path: AT, handle: ({ params }, context) => streamShown(context, params.pipeline!) },
  {
    method: 'GET',
    path: `${AT}/given-up`,
    handle: async ({ params }, context) => actsOf(context, await streamed(context, params.pipeline!)),
  },
  {
    method: 'POST',
    path: `${AT}/given-up`,
    acts: true,
    handle: async ({ params, body }, context) => {
      const { dropExpired } = parsed(taking, body ?? {});
      beginTaking(context, (await streamed(context, params.pipeline!)).stream, dropExpired);
      return {};
    },
  },
];

export const topics: readonly Topic[] = [
  {
    name: 'stream',
    everyMs: { local: 1500, account: 30_000 },
    read: streamShown,
    isUnfinished: (data) => {
      const { taking: last } = data as StreamShown;
      return last !== undefined && last.endedAt === undefined;
    },
  },
];

type Streamed = DeployedPipeline & { readonly stream: DeployedStream };

async function streamed(context: Context, name: string): Promise<Streamed> {
  const at = pipelineNamed(await context.stacks(), name);
  if (at.stream === undefined)
    throw new ConsoleError('not-found', `No stream starts ${name}.`, 'The triggers say what does.');
  return at as Streamed;
}

/** Of metrics, which are of minutes, nobody need ask more often. */
const KEPT_MS = { local: 1000, account: 25_000 } as const;
const RUNS_SHOWN = 30;

async function streamShown(context: Context, name: string): Promise<StreamShown> {
  const at = await streamed(context, name);
  const last = takingOf(at.stream);
  // What is known of the queue is over when batches were taken from it.
  const key = `stream ${at.stream.givenUpQueueUrl} ${last?.startedAt} ${last?.endedAt}`;
  const shown = await context.cached(key, KEPT_MS[context.connection.target.kind], () => askedOf(context, at));
  return { ...shown, ...(last ? { taking: last } : {}) };
}

async function askedOf(context: Context, at: Streamed): Promise<StreamShown> {
  const { connection } = context;
  const stacks = await context.stacks();
  const [stream, state, alarms, latest] = await Promise.all([
    streamState(connection, stacks, at),
    stateOf(connection, stacks, at),
    alarmsOf(connection, at.name),
    runs(context, at),
  ]);
  return {
    ...stream,
    shards: stream.shards.map((shard) => ({ ...shard, isHot: shard.heat >= HOT })),
    minutes: MEASURED_MINUTES,
    state: state.state,
    ...('note' in state && state.note ? { pause: state.note } : {}),
    alarms: alarms.filter(({ name, state: of }) => of === 'ALARM' && /-stream-[a-z-]+$/.test(name)),
    runs: latest
      .slice(0, RUNS_SHOWN)
      .reverse()
      .map((run) => markOf(run)),
  };
}

/** Both refuse where there is nothing to be taken, or it is being taken. */
async function actsOf(context: Context, at: Streamed): Promise<GivenUpActs> {
  const { givenUp, retentionHours } = await streamState(context.connection, await context.stacks(), at);
  const batches = plural(givenUp, 'batch', 'batches');
  const isOne = givenUp === 1;
  const requireSome = () => {
    requireIdle(at.stream);
    if (givenUp === 0) throw new Refused(`Nothing of ${at.name} was given up.`);
  };
  return {
    again: await planned(() => {
      requireSome();
      return [
        `About ${batches} ${isOne ? 'is' : 'are'} read from the stream again and handed to the function, one after the other. It knows what it has done of ${isOne ? 'it' : 'them'} already: each record is in each table once.`,
        'What fails again stays in the queue, and so does the note of a batch whose records the stream keeps no more: it keeps them for ' +
          `${plural(retentionHours, 'hour')}.`,
      ];
    }),
    drop: await planned(() => {
      requireSome();
      return [
        `About ${batches} ${isOne ? 'is' : 'are'} taken again, as far as the stream has the records. Of those of which it keeps some no more, the notes are deleted: nobody will know any more which records they were.`,
        `Where the records are kept besides, npx stepwell rebuild ${at.name} --from <day> brings them back. What fails again stays in the queue.`,
      ];
    }),
  };
}
