/** The developer's own Cassandra, as the local cloud sees it: STEPWELL_CASSANDRA is its address. */
import type { Client } from 'cassandra-driver';

/** Runs `work` as whoever the address says; undefined where there is no address. @throws {Error} that says what to do */
export async function inCassandra<T>(work: (client: Client) => Promise<T>): Promise<T | undefined> {
  const { STEPWELL_CASSANDRA: written } = process.env;
  if (!written) return undefined;
  // A start without Cassandra does not wait for its driver.
  const { auth, Client, policies } = await import('cassandra-driver');
  const { hostname, port, username, password } = new URL(`cassandra://${written}`);
  const client = new Client({
    contactPoints: [`${hostname}:${port || 9042}`],
    policies: { loadBalancing: new policies.loadBalancing.RoundRobinPolicy() },
    isMetadataSyncEnabled: false,
    socketOptions: { connectTimeout: 5_000, readTimeout: 30_000 },
    ...(username === ''
      ? {}
      : { authProvider: new auth.PlainTextAuthProvider(decodeURIComponent(username), decodeURIComponent(password)) }),
  });
  try {
    await client.connect();
  } catch (error) {
    await client.shutdown();
    const { innerErrors, message } = error as Error & { innerErrors?: Readonly<Record<string, Error>> };
    const cause = Object.values(innerErrors ?? {})[0]?.message ?? message;
    throw new Error(
      `Cassandra at ${hostname}:${port || 9042} does not answer: ${cause} Start it (npm run cassandra), or start the local cloud without --cassandra and STEPWELL_CASSANDRA: keyspaces sinks are off then.`,
      { cause: error },
    );
  }
  try {
    return await work(client);
  } finally {
    await client.shutdown();
  }
}

/** A statement that defines something. */
export const define = async (client: Client, statement: string): Promise<void> => {
  await client.execute(statement, [], { prepare: false });
};
