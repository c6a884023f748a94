import { randomUUID } from 'node:crypto';
import type { CloudContext } from '../../service';
import { type ExecutionRecord, sha256 } from '../../stepfunctions/catalogue';
import { newExecutionRecord } from '../../stepfunctions/engine';
import { AWS_LIMITS } from '../../stepfunctions/execution';
import { jsonProblem } from '../../stepfunctions/json-problem';
import { checkName, executionArn } from './arns';
import { executionAlreadyExists, invalidExecutionInput, labelledArn, machineDeleting } from './errors';
import type { StatesState } from './state';
import type { Target } from './versions';

interface Start {
  readonly name?: string | undefined;
  readonly input?: string | undefined;
  readonly traceHeader?: string | undefined;
}

/** Starts under delivery of the same name: the second waits for the first to be on disk. */
const starting = new WeakMap<ExecutionRecord, Promise<void>>();

/** The same name and input as an execution that runs gives that execution; any other use of its name is refused. */
export async function startNew(
  { engine }: StatesState,
  machine: Target,
  { name: given, input = '{}', traceHeader }: Start,
  { clock }: CloudContext,
): Promise<ExecutionRecord> {
  if (machine.label !== undefined) throw labelledArn(`${machine.stateMachineArn}/${machine.label}`);
  if (machine.isDeleting) throw machineDeleting(machine.stateMachineArn);
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
      ...(machine.stateMachineVersionArn === undefined
        ? {}
        : { stateMachineVersionArn: machine.stateMachineVersionArn }),
      ...(machine.stateMachineAliasArn === undefined ? {} : { stateMachineAliasArn: machine.stateMachineAliasArn }),
      ...(traceHeader === undefined ? {} : { traceHeader }),
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
  const problem = jsonProblem(input);
  if (problem !== undefined) throw invalidExecutionInput(problem);
}
