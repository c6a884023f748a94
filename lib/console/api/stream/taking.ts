/** Batches that were given up and are taken again: one request has them taken, whoever looks sees how far it is. */
import type { DeployedStream } from '../../../operate/connection';
import { Refused } from '../../../operate/errors';
import { type TakenAgain, takeAgain } from '../../../operate/given-up';
import { problemOf } from '../../server/errors';
import type { Context } from '../../server/route';
import type { Taking } from '../../types/stream';

type Kept = Omit<Taking, 'counts'>;

/** By queue: what came of the last time, while the console is up. */
const takings = new Map<string, Kept>();

/** It is sent again with each batch. */
const MOST_SHOWN = 200;

export function takingOf({ givenUpQueueUrl }: DeployedStream): Taking | undefined {
  const kept = takings.get(givenUpQueueUrl);
  if (kept === undefined) return undefined;
  const of = (outcome: TakenAgain['outcome']) => kept.batches.filter((batch) => batch.outcome === outcome);
  const [taken, failed, expired] = [of('taken'), of('failed'), of('expired')];
  return {
    ...kept,
    counts: { taken: taken.length, failed: failed.length, expired: expired.length },
    batches: [...expired.toSorted(byArrival), ...failed, ...taken].slice(0, MOST_SHOWN),
  };
}

/** A rebuild has to begin with the first. */
const byArrival = (a: TakenAgain, b: TakenAgain): number => (a.arrivedAt < b.arrivedAt ? -1 : 1);

/** Returns when it has begun: many batches take their time. @throws {Refused} while it goes on */
export function beginTaking({ connection }: Context, stream: DeployedStream, dropsExpired: boolean): void {
  requireIdle(stream);
  const batches: TakenAgain[] = [];
  const taking: Kept = { dropsExpired, startedAt: new Date().toISOString(), batches };
  const keep = (more: Partial<Kept>) => takings.set(stream.givenUpQueueUrl, { ...taking, ...more });
  keep({});
  takeAgain(connection, stream, { dropExpired: dropsExpired, told: (batch) => batches.push(batch) }).then(
    () => keep({ endedAt: new Date().toISOString() }),
    (error: unknown) => {
      const { problem } = problemOf(error, connection.target.kind);
      if (problem.code === 'fault') console.error(error);
      keep({ endedAt: new Date().toISOString(), problem });
    },
  );
}

/** @throws {Refused} */
export function requireIdle(stream: DeployedStream): void {
  const known = takings.get(stream.givenUpQueueUrl);
  if (known !== undefined && known.endedAt === undefined)
    throw new Refused('Batches are being taken again already: it goes on until none is left.');
}
