import type { StateMachine } from '../../../asl/types';
import { DefinitionError, type Diagnostic } from '../../stepfunctions/errors';
import { compileMachine } from '../../stepfunctions/machine';

/** AWS: 1 MB. */
const DEFINITION_LIMIT_CHARACTERS = 1_048_576;

/** Everything that AWS would refuse the definition for; empty when it is fine. */
export function diagnose(definition: string | undefined): readonly Diagnostic[] {
  if (!definition) {
    return [{ code: 'INVALID_JSON_DESCRIPTION', message: 'The definition is empty', location: '/' }];
  }
  if (definition.length > DEFINITION_LIMIT_CHARACTERS) {
    const message = `The definition has ${definition.length} characters; the limit is ${DEFINITION_LIMIT_CHARACTERS}`;
    return [{ code: 'DEFINITION_TOO_LARGE', message, location: '/' }];
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(definition);
  } catch (error) {
    return [{ code: 'INVALID_JSON_DESCRIPTION', message: (error as Error).message, location: '/' }];
  }
  try {
    compileMachine(parsed as StateMachine);
    return [];
  } catch (error) {
    if (error instanceof DefinitionError) return error.diagnostics;
    throw error;
  }
}
