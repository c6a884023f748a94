/** One partition of an HTTP API: page by page until there are no more, or the function's time is up. */
import type { S3Client } from '@aws-sdk/client-s3';
import { InvalidTaskInput, SourceThrottles, SourceUnavailable, UnreadableAnswer } from '../../lib/tasks/errors';
import {
  type ExtractRowsInput,
  type ExtractRowsOutput,
  type HttpConfig,
  type PlanRowsOutput,
  WHOLE_ROW,
} from '../../lib/tasks/extract-rows';
import { hasPii, openProtection } from '../shared/pii';
import type { Row } from '../shared/rows/paths';
import { openRowWriter, type RowWriter } from '../shared/rows/row-writer';
import { jsonText } from '../shared/rows/value-text';
import type { Secrets } from '../shared/secrets';
import { openAuthorization } from './authorize';
import { withholdBodies } from './explain';
import { addressOf, firstPosition, type Mark, nextPosition, type Position, repeats } from './next-page';
import { openTurns } from './rate-limit';
import { membersFor, type Page, readAnswer } from './read-answer';
import { render } from './render';
import { RESERVE_MS, request } from './request';

export interface HttpEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  readonly secrets: Secrets;
  readonly remainingMs: () => number;
  /** about how long to wait before a request's second try; default half a second */
  readonly firstWaitMs?: number;
}

const MOST_AHEAD_BYTES = 8 * 1024 * 1024;

type PlanInput = Extract<ExtractRowsInput, { action: 'plan' }>;
type ExtractInput = Extract<ExtractRowsInput, { action: 'extract' }>;

/** Where the invocation before this one stopped. */
interface Checkpoint {
  readonly position: Position;
  /** rows read so far, good and bad */
  readonly rows: number;
  readonly mark: Mark;
}

/** Declared partitions, or all in one: an API does not say how it could be cut. */
export function planHttp({ partitions }: PlanInput): PlanRowsOutput {
  return { partitions: partitions ?? [{ id: 'all', values: {} }] };
}

export async function extractHttp(input: ExtractInput, environment: HttpEnvironment): Promise<ExtractRowsOutput> {
  const { run, source, partition, partitions } = input;
  const { s3, workBucket, attempt } = environment;
  const writer = openRowWriter({
    run,
    source,
    partition,
    partitions,
    attempt,
    s3,
    workBucket,
    strings: 'value',
    isNested: true,
    protection: await openProtection(source, () => environment.secrets),
  });
  try {
    const checkpoint = await readPages(input, environment, writer);
    const isPiece = checkpoint !== null || (input.checkpoint ?? null) !== null;
    return { staged: await writer.finish({ isPiece }), checkpoint };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function readPages(
  input: ExtractInput,
  { secrets, remainingMs, firstWaitMs }: HttpEnvironment,
  writer: RowWriter,
): Promise<Checkpoint | null> {
  const { run, source, partition, cursor } = input;
  const config = httpConfigOf(input);
  const { paginate } = config;
  const { url: start, headers } = render(config, { partition, interval: run.interval, cursor });
  const authorization = openAuthorization(config.auth, secrets);
  const { hidden } = authorization;
  if (hasPii(source.columns)) withholdBodies(hidden);
  const timeoutMs = config.timeoutSeconds * 1000;
  const turn = openTurns(config.rateLimit, Math.min(input.partitions, config.concurrency));
  const options = { authorization, attempts: config.attempts, timeoutMs, remainingMs, turn, firstWaitMs };
  const readOptions = { rows: config.rows, members: membersFor(source.columns), hidden };
  const rowOf = rowMaker(source, partition);

  const before = (input.checkpoint ?? undefined) as Checkpoint | undefined;
  let position = before?.position ?? firstPosition(paginate);
  let mark = before?.mark;
  let count = before?.rows ?? 0;
  const read = (at: Position) =>
    request(addressOf(start, paginate, at), headers, options, (answer) => readAnswer(answer, readOptions));
  let coming: Promise<Page> | undefined;
  for (let pages = 0; ; pages++) {
    const state = () => ({ position, rows: count, mark: mark! });
    // Each page may take its whole time; what is read must still be staged.
    const isLate = () => remainingMs() < timeoutMs + RESERVE_MS;
    if (pages > 0 && coming === undefined && isLate()) return state();
    let page: Page;
    try {
      page = await (coming ?? read(position));
    } catch (error) {
      // What is read is not lost: the next invocation has time to wait.
      const isPassing = error instanceof SourceThrottles || error instanceof SourceUnavailable;
      if (isPassing && pages > 0) return state();
      // Some servers have no page after the last, where others have an empty one.
      if (isEnd(error, paginate?.kind, position)) return null;
      throw error;
    }
    const next = nextPosition(paginate, position, page, start.origin, hidden);
    if (next !== undefined) {
      // A page number always grows, so the page itself must differ; cursors and links must, whatever the page.
      const seen = repeats(mark, paginate?.kind === 'page' ? page.answer.body : (next.cursor ?? next.link)!);
      if (seen.repeated) throw circle(page, paginate);
      ({ mark } = seen);
    }
    // The next page is on its way while the rows of this one are written, unless two of them are too much to hold.
    coming = next === undefined || isLate() || page.answer.body.length > MOST_AHEAD_BYTES ? undefined : read(next);
    // Whoever waits for it gets the error.
    coming?.catch(() => {});
    for (const item of page.rows) {
      const waiting = isRow(item)
        ? writer.write(rowOf(item), ++count)
        : writer.reject(++count, 'the item is not an object', jsonText(item));
      if (waiting) await waiting;
    }
    if (next === undefined) return null;
    position = next;
  }
}

function circle({ answer }: Page, paginate: HttpConfig['paginate']): UnreadableAnswer {
  const what =
    paginate?.kind === 'page'
      ? `its page is one that came before, so '${paginate.parameter}' is not what counts pages`
      : 'its next page is one that has been read';
  return new UnreadableAnswer(
    `${answer.shownUrl} leads in a circle: ${what}. Nothing is published; correct the source's paginate.`,
  );
}

function httpConfigOf({ source }: ExtractInput): HttpConfig {
  if (source.config.kind === 'httpApi') return source.config;
  throw new InvalidTaskInput(`extract-http cannot read source ${source.name}, which is of kind ${source.config.kind}.`);
}

/** What columns may name beside an item's own members. */
function rowMaker({ columns }: ExtractInput['source'], { id, values }: ExtractInput['partition']): (item: Row) => Row {
  // An answer often does not say what was asked: `text().from('partition.city')`.
  const asked = columns.some(({ from }) => from?.startsWith('partition.')) ? { partition: { id, ...values } } : {};
  if (!columns.some(({ from }) => from === WHOLE_ROW)) return (item) => ({ ...item, ...asked });
  // What no column names is in the document: it is no drift.
  const named = [...membersFor(columns)].filter((name) => name !== WHOLE_ROW);
  return (item) => ({
    ...Object.fromEntries(named.filter((name) => Object.hasOwn(item, name)).map((name) => [name, item[name]])),
    ...asked,
    [WHOLE_ROW]: item,
  });
}

const isRow = (item: unknown): item is Row =>
  typeof item === 'object' && item !== null && !Array.isArray(item) && !('isLosslessNumber' in item);

function isEnd(error: unknown, kind: string | undefined, { fullest = 0 }: Position): boolean {
  const { cause } = error as { cause?: { status?: number } };
  return kind === 'page' && fullest > 0 && cause?.status === 404;
}
