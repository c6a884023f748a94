import type { TimeCursor } from '../../lib/tasks/admit-interval';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import type { CursorBounds } from '../../lib/tasks/extract-rows';
import type { Interval } from '../../lib/tasks/schedule';
import { ABSENT, getItem, type Ledger, ledgerKeys, putItem } from './ledger';

/** The first interval that the schedule ran: it reads what was there before, too. It stays that one, also when its run fails. */
interface InitialLoad {
  readonly start: string;
}

export interface BoundsRequest {
  readonly pipeline: string;
  readonly interval: Interval;
  readonly cursors: readonly TimeCursor[];
  /** a sink of the pipeline appends: what is read twice would be there twice */
  readonly appends: boolean;
  /** the schedule's latest interval, not one that a person named */
  readonly forward: boolean;
}

/**
 * What each incremental source reads, for an interval: the same whenever it is asked, so that a retry, a redrive and a reprocessing
 * read what the first attempt read. The intervals join without a gap or an overlap, but for the lag.
 *
 * @throws {InvalidTaskInput} when the initial load holds the interval already
 */
export async function cursorBoundsOf(request: BoundsRequest, ledger: Ledger): Promise<Record<string, CursorBounds>> {
  const { interval, cursors } = request;
  if (cursors.length === 0) return {};
  const initial = await initialLoad(request, ledger);
  if (request.appends && initial && interval.start < initial.start) {
    const covered = cursors.find(({ initialValue }) => initialValue === undefined || initialValue < interval.end);
    if (covered) {
      throw new InvalidTaskInput(
        `The interval ${interval.start} to ${interval.end} is part of the initial load of ${covered.source}, which the run of the interval ` +
          `from ${initial.start} did: an append table would have its rows twice. Reprocess that run, or use merge.`,
      );
    }
  }
  return Object.fromEntries(
    cursors.map(({ source, column, initialValue, lagSeconds }) => {
      const from = initial?.start === interval.start ? initialValue : earlier(interval.start, lagSeconds);
      return [source, { column, ...(from === undefined ? {} : { from }), to: interval.end }];
    }),
  );
}

async function initialLoad(
  { pipeline, interval, forward }: BoundsRequest,
  ledger: Ledger,
): Promise<InitialLoad | undefined> {
  const at = ledgerKeys.initialLoad(pipeline);
  const mine: InitialLoad = { start: interval.start };
  if (forward && (await putItem(ledger, at, mine, ABSENT))) return mine;
  return getItem<InitialLoad>(ledger, at);
}

const earlier = (time: string, seconds: number): string => new Date(Date.parse(time) - seconds * 1000).toISOString();
