import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Connection } from './connection';
import { Refused } from './errors';
import type { RunRow } from './ledger';

/** What is under way is given up; what has come to a table stays there. A redrive goes on with it. @throws {Refused} */
export async function stopRun({ client }: Pick<Connection, 'client'>, run: RunRow, by: string): Promise<void> {
  const { executionArn, runId, status } = run;
  if (status !== 'RUNNING') throw new Refused(`The run ${runId} has ended already: there is nothing to stop.`);
  await new SFNClient(client).send(
    new StopExecutionCommand({ executionArn, error: 'Stopped', cause: `Stopped by a person, in ${by}` }),
  );
}
