import type {
  ValidateStateMachineDefinitionCommandOutput,
  ValidateStateMachineDefinitionInput,
} from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { diagnose } from './definition';
import type { StatesState } from './state';

type Output = Omit<ValidateStateMachineDefinitionCommandOutput, '$metadata'>;

const DEFAULT_DIAGNOSTICS = 100;

export const ValidateStateMachineDefinition: OperationOf<
  StatesState,
  ValidateStateMachineDefinitionInput,
  Output
> = () => ({
  authorize: () => [{ action: 'states:ValidateStateMachineDefinition', resource: '*' }],

  async handle({ definition, maxResults }) {
    const found = diagnose(definition);
    const shown = found.slice(0, maxResults || DEFAULT_DIAGNOSTICS);
    return {
      result: found.length === 0 ? 'OK' : 'FAIL',
      diagnostics: shown.map((diagnostic) => ({ severity: 'ERROR', ...diagnostic })),
      truncated: shown.length < found.length,
    };
  },
});
