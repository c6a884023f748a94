/** Workers of Spark jobs, and the application that has them. */
import * as z from 'zod';
import { duration, say } from './common';

/** GB of memory that a worker may have, by its vCPUs: from, to, in steps of. */
const MEMORY: Readonly<Record<number, readonly [number, number, number]>> = {
  1: [2, 8, 1],
  2: [4, 16, 1],
  4: [8, 30, 1],
  8: [16, 60, 4],
  16: [32, 120, 8],
};
const MOST_EXECUTORS = 1000;
const MINUTES_PER_WEEK = 7 * 24 * 60;

const worker = z
  .strictObject(
    {
      vcpu: z.union(
        [z.literal(1), z.literal(2), z.literal(4), z.literal(8), z.literal(16)],
        say('a worker of EMR Serverless has 1, 2, 4, 8 or 16 vCPUs', 'Use e.g. { vcpu: 4, memoryGb: 16 }.'),
      ),
      memoryGb: z.int(say('memory is in whole GB', 'Use e.g. { vcpu: 4, memoryGb: 16 }.')),
    },
    say('a worker has vcpu and memoryGb', 'Use e.g. { vcpu: 4, memoryGb: 16 }.'),
  )
  .superRefine(({ vcpu, memoryGb }, context) => {
    const [from, to, step] = MEMORY[vcpu] ?? [0, Number.MAX_SAFE_INTEGER, 1];
    if (memoryGb >= from && memoryGb <= to && (memoryGb - from) % step === 0) return;
    const steps = step === 1 ? '' : ` in steps of ${step}`;
    const message = say(`with ${vcpu} vCPU a worker has ${from} to ${to} GB${steps}`, `Use e.g. memoryGb: ${from}.`);
    context.addIssue({ code: 'custom', path: ['memoryGb'], message, input: memoryGb });
  });

const count = (what: string, most: number) =>
  z
    .int(say(`${what} is a whole number`, 'Use e.g. 3.'))
    .min(1, say(`${what} is 1 at the least`, 'Use e.g. 3.'))
    .max(most, say(`${what} is ${most} at the most`, `Use ${most}.`));

export const sparkJob = z.strictObject(
  {
    driver: worker.optional(),
    executor: worker.optional(),
    maxExecutors: count('the number of executors', MOST_EXECUTORS).optional(),
    timeout: duration
      .refine(({ seconds }) => seconds >= 60, say('a job may take a minute at the least', 'Use e.g. minutes(30).'))
      .optional(),
  },
  say('it has driver, executor, maxExecutors and timeout', 'Use e.g. spark: { maxExecutors: 10 }.'),
);

export const sparkApplication = z.strictObject(
  {
    release: z
      .string()
      .regex(
        /^emr-7\.\d+\.\d+$/,
        say('a release of EMR whose Spark is 3.5 is written as emr-7.9.0', "Use e.g. release: 'emr-7.9.0'."),
      )
      .optional(),
    keepWarm: z
      .strictObject(
        { executors: count('the number of executors that are kept warm', MOST_EXECUTORS) },
        say('it has a member executors', 'Use e.g. keepWarm: { executors: 2 }.'),
      )
      .optional(),
    idleTimeout: duration
      .refine(
        ({ seconds }) => seconds >= 60 && seconds <= MINUTES_PER_WEEK * 60,
        say('an application stops after a minute to a week without a job', 'Use e.g. minutes(10).'),
      )
      .optional(),
  },
  say('it has release, keepWarm and idleTimeout', 'Use e.g. spark: { idleTimeout: minutes(10) }.'),
);
