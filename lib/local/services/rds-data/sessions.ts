import { randomBytes } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import type { PostgresServer } from '../../postgres/server';
import type { Clock } from '../../service';
import { transactionNotFound, translate } from './errors';

/** The Data API keeps a pool of connections for each cluster and user; a caller sees a connection of its own only in a transaction. */

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface Sessions {
  /** A clean connection outside any transaction, for the time of `work`. */
  once<T>(login: Login, work: (client: PoolClient) => Promise<T>): Promise<T>;
  begin(login: Login): Promise<string>;
  /** Calls with the same transaction run one after the other. */
  within<T>(transactionId: string, work: (client: PoolClient) => Promise<T>): Promise<T>;
  end(transactionId: string, statement: 'COMMIT' | 'ROLLBACK'): Promise<void>;
  close(): Promise<void>;
}

/** AWS: rolled back after 3 minutes without a call, and after 24 hours in any case. */
const IDLE_LIMIT_MS = 3 * 60_000;
const TOTAL_LIMIT_MS = 24 * 3_600_000;
const POOL_SIZE = 20;
const IDLE_CONNECTION_MS = 10_000;

interface Transaction {
  readonly client: PoolClient;
  readonly deadline: number;
  queue: Promise<unknown>;
  idle: AbortController;
}

export function openSessions(postgres: PostgresServer, clock: Clock): Sessions {
  const pools = new Map<string, Pool>();
  const transactions = new Map<string, Transaction>();

  function pool({ user, password, database }: Login): Pool {
    const connectionString = postgres.url(user, password, database);
    let found = pools.get(connectionString);
    if (!found) {
      found = new Pool({
        connectionString,
        max: POOL_SIZE,
        idleTimeoutMillis: IDLE_CONNECTION_MS,
        allowExitOnIdle: true,
      });
      // An idle connection that the server drops is not an event for anybody.
      found.on('error', () => {});
      pools.set(connectionString, found);
    }
    return found;
  }

  async function checkOut(login: Login): Promise<PoolClient> {
    const client = await pool(login)
      .connect()
      .catch((error: unknown) => {
        throw translate(error);
      });
    if (client.listenerCount('error') === 0) client.on('error', () => {});
    return client;
  }

  function expireWhenIdle(id: string, transaction: Transaction): void {
    transaction.idle.abort();
    const idle = new AbortController();
    transaction.idle = idle;
    const wait = Math.min(IDLE_LIMIT_MS, Math.max(0, transaction.deadline - clock.now()));
    clock.sleep(wait, idle.signal).then(
      () => void finish(id, 'ROLLBACK').catch(() => {}),
      () => {},
    );
  }

  async function finish(id: string, statement: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const transaction = transactions.get(id);
    if (!transaction) throw transactionNotFound(id);
    transactions.delete(id);
    transaction.idle.abort();
    await transaction.queue.catch(() => {});
    try {
      await transaction.client.query(statement);
    } finally {
      await release(transaction.client);
    }
  }

  return {
    async once(login, work) {
      const client = await checkOut(login);
      try {
        return await work(client);
      } finally {
        await release(client);
      }
    },

    async begin(login) {
      const client = await checkOut(login);
      await client.query('BEGIN');
      const id = randomBytes(138).toString('base64');
      const transaction = {
        client,
        deadline: clock.now() + TOTAL_LIMIT_MS,
        queue: Promise.resolve(),
        idle: new AbortController(),
      };
      transactions.set(id, transaction);
      expireWhenIdle(id, transaction);
      return id;
    },

    async within(id, work) {
      const transaction = transactions.get(id);
      if (!transaction) throw transactionNotFound(id);
      transaction.idle.abort();
      const result = transaction.queue.catch(() => {}).then(() => work(transaction.client));
      transaction.queue = result.catch(() => {});
      try {
        return await result;
      } finally {
        if (transactions.has(id)) expireWhenIdle(id, transaction);
      }
    },

    end: finish,

    async close() {
      await Promise.all([...transactions.keys()].map((id) => finish(id, 'ROLLBACK').catch(() => {})));
      await Promise.all([...pools.values()].map((each) => each.end()));
      pools.clear();
    },
  };
}

/** The next user of the connection must find nothing of this one's: settings, temporary tables, prepared statements. */
async function release(client: PoolClient): Promise<void> {
  try {
    await client.query('DISCARD ALL');
    client.release();
  } catch (error) {
    client.release(error as Error);
  }
}
