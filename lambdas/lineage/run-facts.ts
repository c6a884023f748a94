/** What a run has read, checked and published, as its execution's history and its manifests tell. */
import { GetExecutionHistoryCommand, type HistoryEvent, type SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { type CheckResult, checkOutput, checkReport } from '../../lib/tasks/check';
import { type Manifest, manifestRef, type Run, run as runSchema } from '../../lib/tasks/common';
import { loaded } from '../../lib/tasks/load';
import { type Published, published } from '../../lib/tasks/publish';

/** EventBridge's "Step Functions Execution Status Change". Times are ms since 1970. */
export const statusEvent = z.object({
  detail: z.object({
    executionArn: z.string(),
    name: z.string(),
    status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
    startDate: z.number(),
    stopDate: z.optional(z.nullable(z.number())),
    redriveCount: z.optional(z.nullable(z.number())),
    redriveDate: z.optional(z.nullable(z.number())),
    error: z.optional(z.nullable(z.string())),
    cause: z.optional(z.nullable(z.string())),
  }),
});
export type StatusEvent = z.infer<typeof statusEvent>;

export interface RunFacts {
  /** absent: it was not admitted, as what it was to load is loaded already; or it failed before that */
  readonly run?: Run | undefined;
  readonly manifests: readonly Manifest[];
  readonly checks: readonly CheckResult[];
  readonly published: readonly Published[];
  /** files that the sinks of the lake have got, by sink */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly count: number }>>;
}

export interface ReadFacts {
  readonly stepFunctions: SFNClient;
  readonly readManifests: (refs: readonly z.infer<typeof manifestRef>[]) => Promise<Manifest[]>;
  /** a JSON document of the work bucket */
  readonly readJson: (key: string) => Promise<unknown>;
}

const PAGE = 200;
/** Where a run has failed the interesting part is at its end. */
const MOST_PAGES = 10;

/** What a task is given; members of one name are not the same in all of them. */
const parameters = z.object({ Payload: z.record(z.string(), z.unknown()) });
const ofRecord = { loaded: z.array(loaded), published: z.array(published), manifests: z.array(manifestRef) };

/** Of an execution that has ended. */
export async function readFacts(executionArn: string, use: ReadFacts): Promise<RunFacts> {
  const found = await readHistory(executionArn, use.stepFunctions);
  const reported = found.checkReport === undefined ? undefined : await use.readJson(found.checkReport);
  const files: Record<string, { bytes: number; count: number }> = {};
  for (const { sink, manifest } of found.loaded ?? []) {
    if (!sink.startsWith('lake:') || manifest === undefined) continue;
    const { partitions } = z.parse(stagedLake, await use.readJson(manifest.key));
    const lengths = partitions.flatMap((partition) => partition.files.map(({ length }) => length));
    files[sink] = { bytes: lengths.reduce((sum, length) => sum + length, 0), count: lengths.length };
  }
  return {
    run: found.run,
    manifests: found.manifests === undefined ? [] : await use.readManifests(found.manifests),
    checks: reported === undefined ? (found.checks ?? []) : z.parse(checkReport, reported).results,
    published: [...found.published.values()],
    files,
  };
}

/** As much as is told of what `publish-lake` stages. */
const stagedLake = z.object({
  partitions: z.array(z.object({ files: z.array(z.object({ length: z.int() })) })),
});

interface Found {
  run?: Run;
  manifests?: z.infer<typeof manifestRef>[];
  loaded?: z.infer<typeof loaded>[];
  checks?: readonly CheckResult[];
  /** of a Check that has failed */
  checkReport?: string;
  readonly published: Map<string, Published>;
}

/** Backwards from the end: what is found first is the latest. */
async function readHistory(executionArn: string, stepFunctions: SFNClient): Promise<Found> {
  const found: Found = { published: new Map() };
  let nextToken: string | undefined;
  let isPublishing = false;
  let isAtCheck = false;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await stepFunctions.send(
      new GetExecutionHistoryCommand({
        executionArn,
        reverseOrder: true,
        maxResults: PAGE,
        includeExecutionData: true,
        nextToken,
      }),
    );
    for (const event of answer.events ?? []) {
      take(event, found);
      const state = event.stateEnteredEventDetails?.name ?? '';
      isPublishing ||= /^(?:Publish|Record)\b/.test(state);
      isAtCheck ||= state === 'Check';
    }
    nextToken = answer.nextToken;
    // Before Check nothing is published.
    if (nextToken === undefined || (found.run !== undefined && (isAtCheck || !isPublishing))) break;
  }
  return found;
}

function take(event: HistoryEvent, found: Found): void {
  const given = parsed(event.taskScheduledEventDetails?.parameters, parameters)?.Payload;
  if (given !== undefined) {
    found.run ??= fitting(given.run, runSchema);
    found.manifests ??= fitting(given.manifests, ofRecord.manifests);
    found.loaded ??= fitting(given.loaded, ofRecord.loaded);
    found.checks ??= fitting(given.checks, checkOutput)?.results;
    for (const one of fitting(given.published, ofRecord.published) ?? []) addTo(found, one);
  }
  const cause = event.taskFailedEventDetails?.cause ?? event.lambdaFunctionFailedEventDetails?.cause;
  found.checkReport ??= /runs\/[^\s"\\]+\/checks-[^\s"\\/]+\.json/.exec(cause ?? '')?.[0];
  const { name = '', output } = event.stateExitedEventDetails ?? {};
  if (name === 'Check') {
    found.checks ??= parsed(output, checkOutput)?.results;
  } else if (/^Publish(?:ed)? \w+:/.test(name)) {
    addTo(found, parsed(output, published));
  } else if (name === 'Load') {
    found.loaded ??= parsed(output, z.array(loaded));
  }
}

function addTo({ published: all }: Found, one: Published | undefined): void {
  if (one !== undefined && !all.has(one.sink)) all.set(one.sink, one);
}

/** Undefined for what is something else. */
function parsed<S extends z.ZodMiniType>(text: string | undefined, schema: S): z.infer<S> | undefined {
  if (text === undefined) return undefined;
  try {
    return fitting(JSON.parse(text), schema);
  } catch {
    return undefined;
  }
}

function fitting<S extends z.ZodMiniType>(value: unknown, schema: S): z.infer<S> | undefined {
  const result = z.safeParse(schema, value);
  return result.success ? result.data : undefined;
}
