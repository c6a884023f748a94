import type { StateMachine } from '../../../asl/types';
import { AwsError } from '../../service';
import { DefinitionError, type Diagnostic } from '../../stepfunctions/errors';
import { jsonProblem } from '../../stepfunctions/json-problem';
import { compileMachine } from '../../stepfunctions/machine';
import { parseJson } from '../../stepfunctions/numbers';
import type { MachineType } from '../../stepfunctions/validation/resource';
import { warnings } from '../../stepfunctions/validation/warnings';
import { invalidDefinition } from './errors';

/** AWS: 1 MB. */
const DEFINITION_LIMIT_CHARACTERS = 1_048_576;

/** Throws InvalidDefinition with everything that AWS would refuse it for. */
export function checkDefinition(definition: string | undefined, type: MachineType): void {
  const found = diagnose(definition, type);
  if (found.length > 0) throw invalidDefinition(found);
}

/** Everything that AWS would refuse the definition for, and with `withWarnings` what it only doubts. */
export function diagnose(
  definition: string | undefined,
  type: MachineType,
  withWarnings = false,
): readonly Diagnostic[] {
  if (!definition) return [{ code: 'MISSING_DESCRIPTION', message: 'Received a null or empty workflow input.' }];
  if (definition.length > DEFINITION_LIMIT_CHARACTERS) {
    throw new AwsError(
      'ValidationException',
      "1 validation error detected: Value at 'definition' failed to satisfy constraint: " +
        `Member must have length less than or equal to ${DEFINITION_LIMIT_CHARACTERS}`,
    );
  }
  let parsed: unknown;
  try {
    parsed = parseJson(definition);
  } catch (error) {
    return [{ code: 'INVALID_JSON_DESCRIPTION', message: jsonProblem(definition) ?? (error as Error).message }];
  }
  try {
    const errors = errorsOf(parsed, type);
    return withWarnings ? [...errors, ...warnings(parsed)] : errors;
  } catch (error) {
    // Values in each other until the stack is full.
    if (!(error instanceof RangeError)) throw error;
    return [{ code: 'TOO_DEEPLY_NESTED', message: 'The definition is nested too deeply' }];
  }
}

function errorsOf(parsed: unknown, type: MachineType): readonly Diagnostic[] {
  try {
    compileMachine(parsed as StateMachine, type);
    return [];
  } catch (error) {
    if (error instanceof DefinitionError) return error.diagnostics;
    throw error;
  }
}
