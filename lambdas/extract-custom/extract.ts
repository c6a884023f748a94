/** Runs a user's own extractor: its rows go where those of every source go, its checkpoints into the state machine. */
import type { S3Client } from '@aws-sdk/client-s3';
import { ExtractorFailed, InvalidTaskInput, SourceRefused } from '../../lib/tasks/errors';
import type { CustomConfig, ExtractRowsInput, ExtractRowsOutput, PlanRowsOutput } from '../../lib/tasks/extract-rows';
import { stagedBytes } from '../../lib/tasks/state-room';
import { Checkpoint, PermanentError } from '../../lib/tasks/user-code';
import { hasPii, openProtection } from '../shared/pii';
import { pickPaths, type Row } from '../shared/rows/paths';
import { openRowWriter, type RowWriter } from '../shared/rows/row-writer';
import { jsonText } from '../shared/rows/value-text';
import type { Secrets } from '../shared/secrets';
import type { Hidden, UserLog } from '../shared/user-code/log';
import { describeThrown } from '../shared/user-code/places';
import { partitionsOf, type Room } from './partitions';

/** What the user's file exports; what it really is shows when it is called. */
export interface UserCode {
  readonly default?: unknown;
  readonly plan?: unknown;
}

export interface CustomEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  readonly secrets: Secrets;
  /** values of secrets that were read: no message shows them */
  readonly hidden: Hidden;
  readonly log: UserLog;
  readonly remainingMs: () => number;
}

type PlanInput = Extract<ExtractRowsInput, { action: 'plan' }>;
type ExtractInput = Extract<ExtractRowsInput, { action: 'extract' }>;

/** Where the invocation before this one stopped. */
interface Position {
  readonly position: unknown;
  /** rows read so far, good and bad */
  readonly rows: number;
}

/** Of a function's time, for writing the last part and the manifest. */
const RESERVE_MS = 60_000;
/** Before that, an extractor stops at its next checkpoint; one that gives one a minute is never aborted. */
const CHECKPOINT_MS = 2 * RESERVE_MS;
/** Of the state, through which a checkpoint travels. */
const MOST_CHECKPOINT_BYTES = 16 * 1024;

export async function planCustom(
  input: PlanInput,
  userCode: UserCode,
  environment: CustomEnvironment,
): Promise<PlanRowsOutput> {
  const { plan } = userCode;
  if (plan === undefined) return { partitions: input.partitions ?? [{ id: 'all', values: {} }] };
  if (typeof plan !== 'function') throw new SourceRefused(`${of(input)} exports a plan that is no function.`);
  const time = timeOf(environment.remainingMs);
  try {
    const planned = await byUser(input, environment, time, () => plan(contextOf(input, environment, time)));
    return { partitions: partitionsOf(planned, of(input), roomOf(input)) };
  } finally {
    time.stop();
  }
}

const roomOf = ({ run, source, stateBytes }: PlanInput): Room | undefined =>
  stateBytes === undefined
    ? undefined
    : { bytes: stateBytes, takes: (id) => stagedBytes(run.pipeline, source.name, id) };

export async function extractCustom(
  input: ExtractInput,
  userCode: UserCode,
  environment: CustomEnvironment,
): Promise<ExtractRowsOutput> {
  const { run, source, partition, partitions } = input;
  const { s3, workBucket, attempt } = environment;
  const protection = await openProtection(source, () => environment.secrets);
  const options = { run, source, partition, partitions, attempt, s3, workBucket, protection };
  const writer = openRowWriter({ ...options, strings: 'value' });
  const time = timeOf(environment.remainingMs);
  try {
    const checkpoint = await read(input, userCode, environment, writer, time);
    const isPiece = checkpoint !== null || (input.checkpoint ?? null) !== null;
    return { staged: await writer.finish({ isPiece }), checkpoint };
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    time.stop();
  }
}

async function read(
  input: ExtractInput,
  userCode: UserCode,
  environment: CustomEnvironment,
  writer: RowWriter,
  time: Time,
): Promise<Position | null> {
  const before = (input.checkpoint ?? undefined) as Position | undefined;
  const extract = userCode.default;
  if (typeof extract !== 'function') throw new SourceRefused(`${of(input)} has no function as its default export.`);
  const call = <T>(work: () => T | Promise<T>) => byUser(input, environment, time, work);
  const { id, values } = input.partition;
  const context = {
    ...contextOf(input, environment, time),
    partition: { id, ...values },
    checkpoint: before?.position ?? null,
  };
  const rows = await call(async () => iteratorOf(await extract(context), input));
  const flatten = pickPaths(input.source.columns);
  let count = before?.rows ?? 0;
  const write = (item: unknown): void | Promise<void> =>
    isRow(item)
      ? writer.write(flatten(item), ++count)
      : writer.reject(++count, 'the item is not an object', jsonText(item));
  const stopAt = (checkpoint: Checkpoint): Position => {
    const position = positionOf(checkpoint, input);
    if (count === (before?.rows ?? 0) && JSON.stringify(before?.position) === JSON.stringify(position)) {
      throw new SourceRefused(
        `${of(input)} stopped where it had begun, at the checkpoint ${JSON.stringify(position)}, without a row: it would go round for ever.`,
      );
    }
    return { position, rows: count };
  };
  for (;;) {
    const { done, value } = await call(() => rows.next());
    if (value instanceof Checkpoint) {
      if (done) return stopAt(value);
      positionOf(value, input);
      if (environment.remainingMs() >= CHECKPOINT_MS) continue;
      const stopped = stopAt(value);
      await call(async () => rows.return?.());
      return stopped;
    }
    if (done) {
      if (time.wasHeard()) throw tookTooLong(input);
      return null;
    }
    if (Array.isArray(value)) {
      for (const item of value) {
        const waiting = write(item);
        if (waiting) await waiting;
      }
    } else {
      const waiting = write(value);
      if (waiting) await waiting;
    }
  }
}

function contextOf(input: PlanInput | ExtractInput, environment: CustomEnvironment, time: Time) {
  const { run, source, cursor } = input;
  const { secrets, hidden, log } = environment;
  const declared = configOf(source.config).secrets;
  return {
    interval: run.interval,
    cursor: cursor ?? undefined,
    log,
    get signal() {
      return time.signal();
    },
    async secret(name: string, options?: { readonly fresh?: boolean }) {
      if (!declared.includes(name)) {
        // Not the extractor's own words: of the data it tells nothing, whatever that is.
        throw new SourceRefused(undeclared(name, declared, of(input)));
      }
      const secret = await secrets.read(name, options);
      hidden.add(secret);
      return secret;
    },
  };
}

function undeclared(name: unknown, declared: readonly string[], source: string): string {
  const isName = typeof name === 'string' && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
  if (!isName) return `${source} reads a secret by what is no name: secrets are named in kebab-case, as 'rates-api'.`;
  const all = [...declared, name].map((one) => `'${one}'`).join(', ');
  return `${source} reads the secret '${name}', which its definition does not name. Add it, and deploy: secrets: [${all}].`;
}

interface Time {
  signal(): AbortSignal;
  /** the time is up, and the extractor knew: what it leaves out, nobody can tell */
  wasHeard(): boolean;
  readonly isUp: boolean;
  stop(): void;
}

function timeOf(remainingMs: () => number): Time {
  const controller = new AbortController();
  let isAsked = false;
  const timer = setTimeout(() => controller.abort(), Math.max(0, remainingMs() - RESERVE_MS));
  return {
    signal() {
      isAsked = true;
      return controller.signal;
    },
    wasHeard: () => isAsked && controller.signal.aborted,
    get isUp() {
      return controller.signal.aborted;
    },
    stop: () => clearTimeout(timer),
  };
}

/** What the user's code throws is told with its place, and tried again unless it says that this is no use. */
async function byUser<T>(
  input: PlanInput | ExtractInput,
  { hidden }: CustomEnvironment,
  time: Time,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SourceRefused) throw error;
    if (time.isUp && (error as { name?: string } | undefined)?.name === 'AbortError') {
      throw tookTooLong(input, hasPii(input.source.columns) ? undefined : error);
    }
    if (hasPii(input.source.columns)) throw withoutWords(input, error);
    const message = hidden.hide(`${of(input)} failed: ${describeThrown(error)}.`);
    throw error instanceof PermanentError
      ? new SourceRefused(message, { cause: error })
      : new ExtractorFailed(message, { cause: error });
  }
}

/** What a user's code says of its failure may quote a row, as JSON.parse does: where rows hold personal data only its kind and place are told. */
function withoutWords(input: PlanInput | ExtractInput, error: unknown): Error {
  const name = error instanceof Error ? error.name : typeof error;
  const message = `${of(input)} failed: ${describeThrown(error, name)}. Its message is withheld: it may hold personal data.`;
  return error instanceof PermanentError ? new SourceRefused(message) : new ExtractorFailed(message);
}

const tookTooLong = (input: PlanInput | ExtractInput, cause?: unknown) =>
  new SourceRefused(
    `${of(input)} was not done when its time was up: yield checkpoint(…) now and then, at least once a minute, so that another invocation goes on from there.`,
    { cause },
  );

function of(input: PlanInput | ExtractInput): string {
  const { name, config } = input.source;
  const partition =
    input.action === 'extract' && input.partition.id !== 'all' ? `, partition ${input.partition.id}` : '';
  return `Source ${name}${partition} (${configOf(config).file})`;
}

function configOf(config: ExtractInput['source']['config']): CustomConfig {
  if (config.kind === 'custom') return config;
  throw new InvalidTaskInput(`extract-custom cannot read a source of kind ${config.kind}.`);
}

function positionOf({ position }: Checkpoint, input: ExtractInput): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(position);
  } catch {
    // a bigint, or a circle
  }
  if (text !== undefined && text !== 'null' && Buffer.byteLength(text) <= MOST_CHECKPOINT_BYTES)
    return JSON.parse(text);
  throw new SourceRefused(
    `${of(input)} gave a checkpoint that cannot be kept: it is plain JSON, not null, of at most ${MOST_CHECKPOINT_BYTES} bytes.`,
  );
}

type RowIterator = AsyncIterator<unknown, unknown> | Iterator<unknown, unknown>;

function iteratorOf(given: unknown, input: ExtractInput): RowIterator {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = Object(given) as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  if (typeof given !== 'string' && later) return later.call(given);
  if (typeof given !== 'string' && now) return now.call(given);
  throw new SourceRefused(`${of(input)} gives no rows: its default export is to be an async generator.`);
}

const isRow = (item: unknown): item is Row =>
  typeof item === 'object' && item !== null && !Array.isArray(item) && !(item instanceof Date);
