import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type RebuildOutput, type Recounted, rebuildInput, type Settled } from '../../lib/tasks/rebuild';
import { STREAM_FILE, type StreamPlan, streamPlan } from '../../lib/tasks/stream';
import { dynamoDb, dynamoDbWriter, kinesis, s3, sqs, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { lazySecrets } from '../shared/lazy-secrets';
import { hasPii, openProtection } from '../shared/pii';
import { postgresServices } from '../shared/postgres-services';
import { aggregatesOf } from '../shared/stream/aggregates';
import { fitsOf } from '../shared/stream/fits';
import { judgeBatch } from '../shared/stream/judge-batch';
import type { UserCode } from '../shared/stream/live-rows';
import { task } from '../shared/task';
import { userLog } from '../shared/user-code/log';
import { countedTables } from './counted-tables';
import { givenUpNotes } from './given-up-notes';
import { judgeAs } from './judge';
import { rawTable } from './raw-table';
import { readRaw } from './read';
import { recount } from './recount';
import { settle } from './settle';
import { spanOf } from './span';
import { notLanded, streamState } from './stream-state';
import { uncounted } from './uncounted';

let plan: StreamPlan | undefined;

/** It lies beside the code, as beside that of the stream's function. */
function ownPlan(): StreamPlan {
  plan ??= z.parse(streamPlan, JSON.parse(readFileSync(join(__dirname, STREAM_FILE), 'utf8')));
  return plan;
}

/** The bundle hands in the row function that live tables read, as in that of the stream's function. */
export const handlerFor = (userCode: UserCode) =>
  task(rebuildInput, async (input, { requestId, remainingMs, log }): Promise<Settled | Recounted | RebuildOutput> => {
    const rebuild = spanOf(input.rebuild, input.raw, input.execution.startedAt);
    const stream = ownPlan();
    const ledger = { client: dynamoDb(), table: environment('LEDGER_TABLE') };
    if (input.action === 'settle') {
      const { pipeline } = input;
      await settle(input, rebuild, {
        ledger,
        stepFunctions: stepFunctions(),
        landingBucket: environment('LANDING_BUCKET'),
        stream: streamState(kinesis(), ledger, { pipeline, stream: stream.stream }),
        givenUp: () => givenUpNotes(sqs(), environment('GIVEN_UP_QUEUE_URL')),
      });
      return { rebuild };
    }
    const judging = {
      plan: stream,
      fits: fitsOf(stream),
      userCode,
      userLog: userLog(log),
      protection: hasPii(stream.columns) ? await openProtection(stream, lazySecrets) : undefined,
    };
    if (input.action === 'recount') {
      const aggregates = aggregatesOf(stream);
      const { retentionHours, prefix } = stream;
      const { pipeline, tables } = input;
      const done = await recount(input, rebuild, {
        s3: s3(),
        landingBucket: environment('LANDING_BUCKET'),
        workBucket: environment('WORK_BUCKET'),
        attempt: requestId,
        prefix,
        windowSeconds: stream.aggregates!.windowSeconds,
        retentionHours,
        aggregates,
        judge: (records) => judgeBatch(records, { ...judging, lookUp: async () => undefined }),
        tables: countedTables({ client: dynamoDbWriter(), tables, now: Date.now }),
        notLanded: (before) =>
          notLanded(streamState(kinesis(), ledger, { pipeline, stream: stream.stream }), before, Date.now()),
        uncounted: (span) => uncounted(span, { s3: s3(), ledger, workBucket: environment('WORK_BUCKET'), pipeline }),
        remainingMs,
        now: Date.now,
      });
      log.info(done.checkpoint ? 'Counted in part' : 'Counted', { windows: done.checkpoint?.from });
      return done;
    }
    const output = await readRaw(input, rebuild, {
      table: rawTable(postgresServices(), input.raw),
      s3: s3(),
      landingBucket: environment('LANDING_BUCKET'),
      workBucket: environment('WORK_BUCKET'),
      attempt: requestId,
      remainingMs,
      judge: judgeAs(judging, input.raw),
      dedupeWithinMs: stream.dedupe && stream.dedupe.withinSeconds * 1000,
    });
    log.info(output.checkpoint ? 'Read in part' : 'Read', { read: output.read, staged: output.staged });
    return output;
  });

export const handler = handlerFor({});
