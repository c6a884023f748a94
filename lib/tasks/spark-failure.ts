/** Why a Spark job has failed, in words: Step Functions gives the whole description of the job run. */
interface DescribedJob {
  readonly JobRunId?: unknown;
  readonly Name?: unknown;
  readonly State?: unknown;
  readonly StateDetails?: unknown;
}

/** Undefined for what describes no job. */
export function sparkFailureIn(cause: unknown): string | undefined {
  const { JobRunId, Name, State, StateDetails } = (cause ?? {}) as DescribedJob;
  if (typeof JobRunId !== 'string' || typeof StateDetails !== 'string') return undefined;
  const ended = State === 'CANCELLED' ? 'was cancelled' : 'failed';
  const said = StateDetails.trim().replace(/\.$/, '');
  const remedy = REMEDIES.find(([sign]) => sign.test(said))?.[1];
  const job = `The Spark job ${typeof Name === 'string' ? Name : JobRunId} ${ended}`;
  return `${job}${said === '' ? '' : `: ${said}`}.${remedy === undefined ? '' : ` ${remedy}`}`;
}

const ANEW = 'deploy, and start a new run: a redrive has the workers of the old definition.';
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /OutOfMemory|ExitCode: (137|143|52)\b/,
    `Its workers had too little memory: give them more, e.g. spark: { executor: { vcpu: 8, memoryGb: 32 } }, ${ANEW}`,
  ],
  [
    /timeout|timed out/i,
    `Give it more time or more workers, e.g. spark: { maxExecutors: 10, timeout: hours(2) }, ${ANEW}`,
  ],
  [
    /maximumCapacity/,
    `The application may have no more workers now: redrive when other runs have ended, or ask AWS for a higher quota of vCPUs.`,
  ],
];
