import type { SFNClient } from '@aws-sdk/client-sfn';
import type { TurnItem } from '../../lib/tasks/turn';
import { type Ledger, queryOpen } from '../shared/ledger';
import { turnServices } from '../shared/turn-services';
import { sweepTurns as sweepTurnsOf } from '../shared/turns';
import { eachOf } from './each-of';

/** Pipelines whose runs take turns. A sweep of one asks Step Functions for each run at work: DescribeExecution has 15 calls a second in the whole account. */
const BATCH = 10;

/** Gives on the turns of runs whose end nobody has heard of, and tells those that were not told of theirs. Returns how many pipelines it has looked at. */
export async function sweepTurns(services: {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly now: () => number;
}): Promise<number> {
  const due = await queryOpen<TurnItem>(services.ledger, 'turn', new Date(services.now()).toISOString(), BATCH);
  await eachOf(due, ({ pipeline }) => sweepTurnsOf(turnServices(pipeline, services)));
  return due.length;
}
