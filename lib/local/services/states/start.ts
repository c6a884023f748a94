import { randomUUID } from 'node:crypto';
import type { CloudContext } from '../../service';
import { type ExecutionRecord, type MachineRecord, sha256 } from '../../stepfunctions/catalogue';
import { newExecutionRecord } from '../../stepfunctions/engine';
import { AWS_LIMITS } from '../../stepfunctions/execution';
import { checkName, executionArn } from './arns';
import { executionAlreadyExists, invalidExecutionInput } from './errors';
import type { StatesState } from './state';

interface Start {
  readonly name?: string | undefined;
  readonly input?: string | undefined;
}

/** Starts under delivery of the same name: the second waits for the first to be on disk. */
const starting = new WeakMap<ExecutionRecord, Promise<void>>();

/** The same name and input as an execution that runs gives that execution; any other use of its name is refused. */
export async function startNew(
  { engine }: StatesState,
  machine: MachineRecord,
  { name: given, input = '{}' }: Start,
  { clock }: CloudContext,
): Promise<ExecutionRecord> {
  const name = given === undefined ? randomUUID() : checkName(given);
  checkInput(input);
  const arn = executionArn(machine.stateMachineArn, name, machine.type === 'EXPRESS' ? randomUUID() : undefined);

  const existing = engine.catalogue.executions.get(arn);
  if (existing) {
    if (existing.status !== 'RUNNING' || existing.inputHash !== sha256(input)) throw executionAlreadyExists(arn);
    await starting.get(existing);
    return existing;
  }
  const record = newExecutionRecord(
    {
      executionArn: arn,
      stateMachineArn: machine.stateMachineArn,
      name,
      roleArn: machine.roleArn,
      definition: machine.definition,
      ...(machine.revisionId === undefined ? {} : { revisionId: machine.revisionId }),
      startDate: clock.now(),
    },
    input,
  );
  const started = engine.start(record, input);
  starting.set(record, started);
  await started;
  return record;
}

function checkInput(input: string): void {
  if (Buffer.byteLength(input) > AWS_LIMITS.payloadBytes) {
    throw invalidExecutionInput(`Input exceeds the maximum of ${AWS_LIMITS.payloadBytes} bytes`);
  }
  try {
    JSON.parse(input);
  } catch (error) {
    throw invalidExecutionInput((error as Error).message);
  }
}
