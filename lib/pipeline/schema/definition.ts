/** The shape of a definition. Shape only: what refers to what is checked in `validate.ts`. Unknown options are errors. */
import * as z from 'zod';
import { cronMistake } from '../cron';
import { RESERVED_PIPELINES } from '../words';
import { alerts } from './alerts';
import { s3Arrival } from './arrival';
import { budget } from './budget';
import { check } from './checks';
import { say, tableName, timezone, wholeSeconds } from './common';
import { landedFiles } from './files';
import { model } from './models';
import { catchUp, overlap } from './overlap';
import { rowSource } from './rows';
import { sink } from './sinks';
import { sparkApplication } from './spark';
import { aggregate, streamOf, streamRecordsOf } from './stream';
import { dashboard, deadline, freshness, reconcile } from './watch';

const pipelineName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, say('a pipeline is named in kebab-case', "Use e.g. after('daily-orders')."));

const published = z.strictObject({
  kind: z.literal('published'),
  pipeline: pipelineName,
  model: z.string(),
  columns: z.strictObject({}),
  onDrift: z.literal('ignore'),
  onBadRow: z.unknown(),
  memoryMb: z.number(),
});

const source = z.discriminatedUnion(
  'kind',
  [landedFiles, rowSource, published, streamRecordsOf(published)],
  say('a source is made by landedFiles(), httpApi(), mysql(), …', 'Call one of them.'),
);

const cron = z.string().superRefine((value, context) => {
  const mistake = cronMistake(value);
  if (mistake) context.addIssue({ code: 'custom', message: say(mistake.rule, mistake.remedy), input: value });
});

export const definition = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
      say('a name is in kebab-case: lower-case letters and digits, parts joined by -', "Use e.g. 'daily-orders'."),
    )
    .max(32, say('a name has at most 32 characters', 'Shorten it: it becomes part of AWS names.'))
    .refine((value) => !RESERVED_PIPELINES.has(value), say("that stack is Stepwell's own", 'Rename the pipeline.')),
  description: z.string().optional(),
  trigger: z.discriminatedUnion(
    'kind',
    [
      s3Arrival,
      z.strictObject({ kind: z.literal('cron'), cron, timezone, catchUp: catchUp.optional() }),
      z.strictObject({ kind: z.literal('after'), pipeline: pipelineName }),
      streamOf,
    ],
    say('a trigger is made by s3Arrival(), cron(), after() or streamOf()', "Use e.g. s3Arrival('orders/*.csv')."),
  ),
  sources: z
    .record(tableName, source)
    .refine((value) => Object.keys(value).length > 0, say('a pipeline has a source', 'Declare one.')),
  models: z
    .record(tableName, model)
    .refine(
      (value) => Object.keys(value).length > 0,
      say('a pipeline has a model', "Declare one, e.g. sql.text('SELECT * FROM orders')."),
    ),
  sinks: z
    .array(sink)
    .min(1, say('a pipeline has a sink', 'Add redshift(), postgres(), lake(), dynamoTable() or kinesis().')),
  aggregates: z.array(aggregate).optional(),
  checks: z.array(check).optional(),
  pii: z
    .strictObject({
      secret: z
        .string()
        .regex(
          /^[a-z0-9]+(-[a-z0-9]+)*$/,
          say(
            'a secret is named in lower-case letters and digits, parts joined by -',
            "Use e.g. 'shop-pii': it is stepwell/shop-pii.",
          ),
        ),
    })
    .optional(),
  retry: z
    .strictObject({
      attempts: z
        .int(say('attempts are counted in whole numbers', 'Round it.'))
        .min(0, say('attempts are 0 (never again) to 99', 'Use e.g. 3.'))
        .max(99, say('attempts are 0 (never again) to 99', 'Use e.g. 3.'))
        .optional(),
      interval: wholeSeconds.optional(),
      backoffRate: z.number().min(1, say('a backoff rate is at least 1', 'Use e.g. 2.')).optional(),
      maxInterval: wholeSeconds.optional(),
    })
    .refine(({ interval, maxInterval }) => (maxInterval?.seconds ?? 60) > (interval?.seconds ?? 2), {
      path: ['maxInterval'],
      message: say(
        'the longest wait (60 s unless told) is above the first one (interval, 2 s unless told)',
        'Use e.g. interval: seconds(2), maxInterval: minutes(5).',
      ),
    })
    .optional(),
  timeout: wholeSeconds.optional(),
  overlap: overlap.optional(),
  alerts: alerts.optional(),
  freshness: freshness.optional(),
  deadline: deadline.optional(),
  reconcile: reconcile.optional(),
  dashboard: dashboard.optional(),
  budget: budget.optional(),
  spark: sparkApplication.optional(),
});
