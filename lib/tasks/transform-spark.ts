import * as z from 'zod/mini';
import { manifestRef, outputColumn, partFormat, run, staged } from './common';

const input = z.strictObject({ name: z.string(), columns: z.array(outputColumn) });

/** Writes down what a Spark job is to read and to make: a document that the job is pointed to. */
export const planJobInput = z.strictObject({
  action: z.literal('plan'),
  run,
  model: z.strictObject({
    name: z.string(),
    /** text, edge of the interval (`start`, `end`), text, …; absent: it is a module in Python */
    sql: z.optional(z.array(z.string())),
    python: z.optional(z.string()),
    columns: z.array(outputColumn),
    inputs: z.array(input),
  }),
  manifests: z.array(manifestRef),
});
export type PlanJobInput = z.infer<typeof planJobInput>;

/** `s3://` addresses: of the document, and of the folder below which each attempt has one of its own. */
export const planJobOutput = z.strictObject({ plan: z.string(), output: z.string() });
export type PlanJobOutput = z.infer<typeof planJobOutput>;

/** Makes a manifest of what a job has written. */
export const collectJobInput = z.strictObject({
  action: z.literal('collect'),
  run,
  model: z.strictObject({ name: z.string(), columns: z.array(outputColumn), formats: z.array(partFormat) }),
  /** the folder of the attempt that has succeeded */
  output: z.string(),
  /** id of the job run */
  job: z.string(),
});
export type CollectJobInput = z.infer<typeof collectJobInput>;

/** Tells what a job has used that has ended, however it did: most that fail or are cancelled are never collected. */
export const jobEndedInput = z.strictObject({
  action: z.literal('ended'),
  /** id of the job run */
  job: z.string(),
});

export const collectJobOutput = staged;
export type CollectJobOutput = z.infer<typeof collectJobOutput>;

/** The document: what the job reads, in Python. */
export interface JobPlan {
  readonly model: string;
  readonly sql?: string;
  readonly python?: string;
  /** of the run: ISO 8601 */
  readonly interval?: { readonly start: string; readonly end: string };
  readonly inputs: readonly {
    readonly name: string;
    readonly columns: readonly SparkColumn[];
    readonly files: readonly string[];
  }[];
  readonly columns: readonly SparkColumn[];
}

/** `type` in the words of Spark SQL. */
export interface SparkColumn {
  readonly name: string;
  readonly type: string;
}

/** What the job leaves beside its parts, last of all: `_result.json` in the folder of its attempt. */
export const jobResult = z.union([
  z.strictObject({ rows: z.int(), parts: z.array(z.strictObject({ name: z.string(), length: z.int() })) }),
  /** the model is wrong: no retry mends it */
  z.strictObject({ error: z.string() }),
]);
export type JobResult = z.infer<typeof jobResult>;
export const RESULT_FILE = '_result.json';
