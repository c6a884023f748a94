import { Client, type ClientConfig, escapeIdentifier, escapeLiteral } from 'pg';

/** Values as PostgreSQL writes them: each service turns them into its own types, without a detour over JavaScript's. */
export const RAW_TYPES = { getTypeParser: () => (value: string) => value } as unknown as NonNullable<
  ClientConfig['types']
>;

export const identifier = escapeIdentifier;
export const literal = escapeLiteral;

/** One connection for the duration of `work`. */
export async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString });
  // A connection that breaks rejects the query under way; without a listener it would end the process as well.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Stops what a connection is doing, from another one: its own is busy. */
export async function cancel(adminUrl: string, processId: number): Promise<void> {
  await withClient(adminUrl, (client) => client.query('SELECT pg_cancel_backend($1)', [processId]));
}
