import * as z from 'zod/mini';
import { redriveTurn as redriveInput, turnInput } from '../../lib/tasks/turn';
import { dynamoDb, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { dealTurn, endedEvent, redriveTurn, runEnded } from './turn';

export const handler = task(z.union([turnInput, endedEvent, redriveInput]), async (event, { log }) => {
  const services = {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    stepFunctions: stepFunctions(),
    now: Date.now,
  };
  if ('redrive' in event) return redriveTurn(event.redrive, services);
  if ('detail' in event) {
    const status = await runEnded(environment('PIPELINE'), event, services);
    log.info(`The run ${status}`, { execution: event.detail.executionArn });
    return { status };
  }
  const status = await dealTurn(event, services);
  log.info(`The run ${status}`);
  return { status };
});
