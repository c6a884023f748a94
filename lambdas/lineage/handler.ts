import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { lineageDocument, type SentOutput, sendUndelivered } from '../../lib/tasks/lineage';
import { s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { lazySecrets } from '../shared/lazy-secrets';
import { readManifests } from '../shared/manifest';
import { readWhole } from '../shared/objects';
import { memberOf } from '../shared/secrets';
import { type TaskContext, task } from '../shared/task';
import { type DeliverServices, deliver, sendWaiting } from './deliver';
import { endEvents, startEvents } from './events';
import { batchOf, storeIn } from './keep';
import type { Surroundings } from './names';
import { readFacts, type StatusEvent, statusEvent } from './run-facts';

let document: z.infer<typeof lineageDocument> | undefined;

/** It lies beside the code. */
function ownDocument() {
  document ??= z.parse(lineageDocument, JSON.parse(readFileSync(join(__dirname, 'lineage.json'), 'utf8')));
  return document;
}

export const handler = task(
  z.union([statusEvent, sendUndelivered]),
  async (event, context): Promise<{ status: string } | SentOutput> => {
    const services = deliverServices(context);
    if ('send' in event) {
      if (services.server === undefined)
        return { sent: 0, left: 0, problem: 'The pipeline names no server for lineage.' };
      return sendWaiting({ ...services, server: services.server });
    }
    const status = await deliver(batchOf(event.detail, await eventsOf(event)), services);
    context.log.info(`The lineage of run ${event.detail.name}, which is ${event.detail.status}: ${status}`);
    return { status };
  },
);

async function eventsOf({ detail }: StatusEvent) {
  const told = { document: ownDocument(), surroundings: surroundingsOf(detail.executionArn), detail };
  if (detail.status === 'RUNNING') return startEvents(told);
  const bucket = environment('WORK_BUCKET');
  const facts = await readFacts(detail.executionArn, {
    stepFunctions: stepFunctions(),
    readManifests: (refs) => readManifests(s3(), bucket, refs),
    readJson: async (key) => JSON.parse((await readWhole(s3(), { bucket, key })).toString('utf8')),
  });
  return endEvents(told, facts);
}

function surroundingsOf(executionArn: string): Surroundings {
  const [, , , region = '', account = ''] = executionArn.split(':');
  const { LAKE_BUCKET, REDSHIFT_WORKGROUP, REDSHIFT_DATABASE, AURORA_ENDPOINT, AURORA_DATABASE } = process.env;
  return {
    region,
    account,
    landingBucket: environment('LANDING_BUCKET'),
    lakeBucket: LAKE_BUCKET,
    ...(REDSHIFT_WORKGROUP && REDSHIFT_DATABASE
      ? { redshift: { workgroup: REDSHIFT_WORKGROUP, database: REDSHIFT_DATABASE } }
      : {}),
    ...(AURORA_ENDPOINT && AURORA_DATABASE ? { aurora: { endpoint: AURORA_ENDPOINT, database: AURORA_DATABASE } } : {}),
  };
}

function deliverServices({ log, metric, remainingMs }: TaskContext): DeliverServices {
  const { url, secret } = ownDocument().options;
  return {
    store: storeIn(s3(), environment('WORK_BUCKET'), environment('PIPELINE')),
    server:
      url === undefined
        ? undefined
        : {
            url,
            ...(secret === undefined
              ? {}
              : {
                  apiKey: async (fresh: boolean) =>
                    memberOf(await lazySecrets().read(secret, { fresh }), secret, 'apiKey'),
                }),
          },
    undelivered(problem) {
      metric('LineageUndelivered', 1);
      log.warn(`Events of the lineage wait until the server takes them: ${problem}`);
    },
    refused(problem, key) {
      metric('LineageUndelivered', 1);
      log.error(`The server has refused an event of the lineage, which is in ${key}: ${problem}`);
    },
    remainingMs,
  };
}
