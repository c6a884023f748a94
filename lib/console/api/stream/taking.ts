/** Batches that were given up and are taken again: one request has them taken, whoever looks sees how far it is. */
import type { DeployedStream } from '../../../operate/connection';
import { Refused } from '../../../operate/errors';
import { type TakenAgain, takeAgain } from '../../../operate/given-up';
import { problemOf } from '../../server/errors';
import type { Context } from '../../server/route';
import type { Taking } from '../../types/stream';

/** By queue: what came of the last time, while the console is up. */
const takings = new Map<string, Taking>();

export const takingOf = ({ givenUpQueueUrl }: DeployedStream): Taking | undefined => takings.get(givenUpQueueUrl);

/** Returns when it has begun: many batches take their time. @throws {Refused} while it goes on */
export function beginTaking({ connection }: Context, stream: DeployedStream, dropsExpired: boolean): void {
  requireIdle(stream);
  const batches: TakenAgain[] = [];
  const taking: Taking = { dropsExpired, startedAt: new Date().toISOString(), batches };
  const keep = (more: Partial<Taking>) => takings.set(stream.givenUpQueueUrl, { ...taking, ...more });
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
  const known = takingOf(stream);
  if (known !== undefined && known.endedAt === undefined)
    throw new Refused('Batches are being taken again already: it goes on until none is left.');
}
