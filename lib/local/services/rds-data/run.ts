import type { PoolClient, QueryArrayResult } from 'pg';
import { RAW_TYPES } from '../../postgres/client';
import { statementTimeout, translate } from './errors';
import type { NumberedStatement } from './parameters';
import { processId, type RdsData } from './state';

/** One statement by the extended protocol, which refuses several at once as the API does. Values come back as PostgreSQL writes them. */
export async function run(
  client: PoolClient,
  { text, values, position }: NumberedStatement,
): Promise<QueryArrayResult<(string | null)[]>> {
  try {
    const query = { text, values, rowMode: 'array' as const, types: RAW_TYPES, queryMode: 'extended' };
    return await client.query<(string | null)[]>(query);
  } catch (error) {
    throw translate(error, position);
  }
}

/**
 * The API's limit on a call. Past it the call ends in any case; the statement is cancelled, unless the caller asked that it goes on:
 * then it does, and so does what `work` has to do after it.
 */
export async function withinTimeLimit<T>(
  state: RdsData,
  { goOn = false }: { goOn?: boolean },
  work: (started: (client: PoolClient) => void) => Promise<T>,
): Promise<T> {
  let client: PoolClient | undefined;
  const working = work((started) => {
    client = started;
  });
  const timer = new AbortController();
  const timeout = state.cloud.clock.sleep(state.limits.statementMs, timer.signal).then(
    () => 'timeout' as const,
    () => 'stopped' as const,
  );
  try {
    const first = await Promise.race([working.then(() => 'done' as const), timeout]);
    if (first !== 'timeout') return await working;
    if (!goOn && client) await state.cancel(client);
    if (goOn)
      working.catch((error: Error) =>
        state.cloud.log(`rds-data: a statement that continued after its timeout failed: ${error.message}`),
      );
    else await working.catch(() => {});
    throw statementTimeout(client ? processId(client) : 0);
  } finally {
    timer.abort();
  }
}
