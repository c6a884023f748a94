import type { BatchExecuteStatementRequest, BatchExecuteStatementResponse } from '@aws-sdk/client-rds-data';
import type { PoolClient } from 'pg';
import type { OperationOf } from '../stateful';
import { badRequest, translate } from './errors';
import { numberParameters } from './parameters';
import { run, withinTimeLimit } from './run';
import { checkSizes, login, type RdsData } from './state';

/** One statement with many sets of parameters: all of them, or none. */
export const BatchExecuteStatement: OperationOf<
  RdsData,
  BatchExecuteStatementRequest,
  BatchExecuteStatementResponse
> = (current) => ({
  authorize: ({ resourceArn }) => [{ action: 'rds-data:BatchExecuteStatement', resource: resourceArn ?? '*' }],

  async handle(input, context) {
    const state = current();
    checkSizes(state.limits, input.sql, input);
    if (input.schema) throw badRequest('The schema parameter is not supported for Aurora PostgreSQL.');
    const sets = input.parameterSets?.length ? input.parameterSets : [[]];
    const statements = sets.map((set) => numberParameters(input.sql!, set));
    const user = await login(state, input, context);
    const all = async (client: PoolClient) => {
      for (const statement of statements) await run(client, statement);
    };
    await withinTimeLimit(state, {}, (started) => {
      const { transactionId } = input;
      if (transactionId) {
        return state.sessions.within(transactionId, (client) => {
          started(client);
          return all(client);
        });
      }
      return state.sessions.once(user, async (client) => {
        started(client);
        await client.query('BEGIN');
        try {
          await all(client);
          await client.query('COMMIT');
        } catch (error) {
          await client.query('ROLLBACK').catch(() => {});
          throw translate(error);
        }
      });
    });
    // PostgreSQL has no generated fields in this API: RETURNING is the way there.
    return { updateResults: sets.map(() => ({ generatedFields: [] })) };
  },
});
