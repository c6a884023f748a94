/** Staging tables go once their run is over: nobody reads them again, and whoever publishes late finds the load ledger first. */
import { BatchExecuteStatementCommand } from '@aws-sdk/client-redshift-data';
import { type Postgres, runStatement } from './postgres';
import { connection, type Redshift } from './redshift';
import { qualified } from './sql';

export interface StagingTable {
  readonly schema: string;
  readonly name: string;
}

/** Submitted, not waited for. */
export async function dropInRedshift(redshift: Redshift, tables: readonly StagingTable[]): Promise<void> {
  const sqls = tables.map(({ schema, name }) => `DROP TABLE IF EXISTS ${qualified(schema, name)}`);
  // A batch has 40 statements at most.
  for (let start = 0; start < sqls.length; start += 40) {
    await redshift.client.send(
      new BatchExecuteStatementCommand({ ...connection(redshift), Sqls: sqls.slice(start, start + 40) }),
    );
  }
}

export async function dropInPostgres(postgres: Postgres, tables: readonly StagingTable[]): Promise<void> {
  for (const { schema, name } of tables) {
    await runStatement(postgres, `DROP TABLE IF EXISTS ${qualified(schema, name)}`);
  }
}
