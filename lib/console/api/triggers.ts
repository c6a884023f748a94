/** What starts runs: shown, paused and resumed; and starting one, by a file or by hand. */
import type { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { type DeployedPipeline, pipelineNamed, s3Of } from '../../operate/connection';
import { keyFor, putFile, requireWaited, waitedBy } from '../../operate/drop';
import { Refused } from '../../operate/errors';
import { lookAtWaiting } from '../../operate/gathering';
import { parseInterval, requireScheduled } from '../../operate/intervals';
import { itemsAt } from '../../operate/ledger';
import { MISSED, pausePipeline, resumePipeline } from '../../operate/pause';
import { startByHand } from '../../operate/run-by-hand';
import { parsed } from '../server/body';
import type { Context, Request, Route } from '../server/route';
import type { Claimed, Dropped, Resumed, StartedRun } from '../types/triggers';
import { plan } from './plans';
import { missedShown, triggersShown } from './triggers/shown';

const AT = '/api/triggers/:pipeline';
const pausing = z.strictObject({ reason: z.string().trim().max(500).optional() });
const resuming = z.strictObject({ missed: z.enum(MISSED).optional() });
const starting = z.strictObject({
  /** `<start>/<end>` */
  interval: z.string().max(100).optional(),
  /** id of a run of the pipeline before */
  after: z.string().max(100).optional(),
  reprocess: z.boolean().default(false),
});
const releasing = z.strictObject({ group: z.string().max(100) });
const naming = z.object({ name: z.string().min(1).max(500), key: z.string().min(1).max(1024).optional() });
const version = z.object({ key: z.string().min(1).max(1024), versionId: z.string().max(1024) });

type Handle = (at: DeployedPipeline, request: Request, context: Context) => Promise<unknown>;

/** Of a pipeline that there is. */
const route = (method: Route['method'], rest: string, handle: Handle, acts?: true): Route => ({
  method,
  path: `${AT}${rest}`,
  ...(acts ? { acts } : {}),
  handle: async (request, context) =>
    handle(pipelineNamed(await context.stacks(), request.params.pipeline!), request, context),
});

export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/triggers', handle: (_, context) => triggersShown(context) },
  route('GET', '/missed', (at, _, context) => missedShown(context, at)),
  route('GET', '/claim', (at, { query }, context) => claimed(context, at, parsed(version, Object.fromEntries(query)))),
  route(
    'POST',
    '/pause',
    async (at, { body }, { connection, stacks }) => {
      const { reason } = parsed(pausing, body ?? {});
      return pausePipeline(connection, await stacks(), at, reason === '' ? undefined : reason);
    },
    true,
  ),
  route(
    'POST',
    '/resume',
    async (at, { body }, { connection, stacks }): Promise<Resumed> => {
      const { missed } = parsed(resuming, body ?? {});
      const { started, left } = await resumePipeline(connection, await stacks(), at, { missed });
      return { started, left };
    },
    true,
  ),
  route(
    'PUT',
    '/files',
    async (at, { query, stream }, context) => drop(context, at, parsed(naming, Object.fromEntries(query)), stream),
    true,
  ),
  route('POST', '/runs', (at, { body }, context) => start(context, at, parsed(starting, body ?? {})), true),
  route(
    'POST',
    '/waiting',
    async (at, { body }, { connection }) => {
      const { group } = parsed(releasing, body);
      if (at.gatherFunctionArn === undefined)
        throw new Refused(`'${at.name}' does not gather its files, so none wait.`);
      await lookAtWaiting(connection, at, { group, release: true });
      return {};
    },
    true,
  ),
];

async function drop(
  { connection }: Context,
  at: DeployedPipeline,
  { name, key: given }: z.infer<typeof naming>,
  stream: NodeJS.ReadableStream,
): Promise<Dropped> {
  if (at.stream) throw new Refused(`A stream starts the pipeline '${at.name}': put records on ${at.stream.name}.`);
  const waited = await waitedBy(connection, at);
  if (waited.patterns.length === 0) throw new Refused(`The pipeline '${at.name}' does not wait for files.`);
  const key = given ?? keyFor(name, waited.patterns);
  requireWaited(key, waited);
  return { key, versionId: await putFile(s3Of(connection), at.landingBucket, key, stream as Readable) };
}

/** The run that has taken on a version of an object. */
async function claimed(
  { connection, stacks }: Context,
  { name, landingBucket }: DeployedPipeline,
  { key, versionId }: z.infer<typeof version>,
): Promise<Claimed> {
  const { foundation } = await stacks();
  const [claim] = await itemsAt<{ versionId?: string; runId?: string }>(
    new DynamoDBClient(connection.client),
    foundation.LedgerTableName!,
    [{ pk: `object#${name}#${landingBucket}/${key}`, sk: 'claim' }],
  );
  return claim?.versionId === versionId && claim.runId !== undefined ? { runId: claim.runId } : {};
}

/** @throws {Refused} for an interval that is none of the schedule's, and for a pipeline that files start */
async function start(
  context: Context,
  at: DeployedPipeline,
  { interval: text, after, reprocess }: z.infer<typeof starting>,
): Promise<StartedRun> {
  const { schedule, upstream } = await plan(context, at);
  if (at.stream) throw new Refused(`A stream starts the pipeline '${at.name}': put records on ${at.stream.name}.`);
  if (schedule === undefined && upstream === undefined)
    throw new Refused(`Files start the pipeline '${at.name}': give it one.`);
  const interval = text === undefined ? undefined : parseInterval(text);
  if (interval && schedule) requireScheduled(at.name, interval, schedule, new Date());
  if (after !== undefined && upstream === undefined)
    throw new Refused(`A schedule starts the pipeline '${at.name}', no other pipeline.`);
  const { runId } = await context.limits.start(() =>
    startByHand(context.connection, at, { schedule, interval, after, reprocess }),
  );
  return { pipeline: at.name, runId };
}
