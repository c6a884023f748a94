/** The connection of a program that stays: it follows a local cloud that is started anew, and finds credentials that were renewed. */
import path from 'node:path';
import { parseKnownFiles } from '@smithy/core/config';
import { type Connection, type ConnectOptions, endpointIn, findConnection } from './connection';
import { localClientOptions } from './local';

export interface KeptConnection {
  current(): Connection;
  /** After credentials were refused: looks for new ones, not too often. Keeps the old ones where there are none. */
  renew(): Promise<void>;
}

const LOOK_MS = 500;
const RENEW_MS = 5000;

export function keepConnection(
  first: Connection,
  options: ConnectOptions,
  now: () => number = Date.now,
): KeptConnection {
  let current = first;
  let lookedAt = 0;
  let renewedAt = 0;
  return {
    current() {
      const { target } = current;
      if (target.kind === 'account' || now() - lookedAt < LOOK_MS) return current;
      lookedAt = now();
      const endpoint = endpointIn(path.resolve(target.stateDir));
      if (endpoint !== undefined && endpoint !== target.endpoint)
        current = { ...current, client: localClientOptions(endpoint), target: { ...target, endpoint } };
      return current;
    },
    async renew() {
      if (current.target.kind === 'local' || now() - renewedAt < RENEW_MS) return;
      renewedAt = now();
      try {
        // The SDK remembers the files as it has read them first.
        await parseKnownFiles({ ignoreCache: true });
        current = await findConnection(options);
      } catch {
        // Still none: the next refusal looks again.
      }
    },
  };
}
