import type {
  ValidateStateMachineDefinitionCommandOutput,
  ValidateStateMachineDefinitionInput,
} from '@aws-sdk/client-sfn';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { diagnose } from './definition';
import type { StatesState } from './state';

type Output = Omit<ValidateStateMachineDefinitionCommandOutput, '$metadata'>;

const MAX_DIAGNOSTICS = 100;

export const ValidateStateMachineDefinition: OperationOf<
  StatesState,
  ValidateStateMachineDefinitionInput,
  Output
> = () => ({
  authorize: () => [{ action: 'states:ValidateStateMachineDefinition', resource: '*' }],

  async handle({ definition, type = 'STANDARD', severity = 'ERROR', maxResults = 0 }) {
    oneOf(type, 'type', ['STANDARD', 'EXPRESS']);
    oneOf(severity, 'severity', ['ERROR', 'WARNING']);
    if (maxResults < 0) throw constraint(maxResults, 'maxResults', 'value greater than or equal to 0');
    if (maxResults > MAX_DIAGNOSTICS) {
      throw constraint(maxResults, 'maxResults', `value less than or equal to ${MAX_DIAGNOSTICS}`);
    }
    const found = diagnose(definition, type, severity === 'WARNING');
    const shown = found.slice(0, maxResults || MAX_DIAGNOSTICS);
    return {
      result: found.every((diagnostic) => diagnostic.severity === 'WARNING') ? 'OK' : 'FAIL',
      diagnostics: shown.map((diagnostic) => ({ severity: 'ERROR', ...diagnostic })),
      truncated: shown.length < found.length,
    };
  },
});

const constraint = (value: unknown, field: string, rule: string) =>
  new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must have ${rule}`,
  );

function oneOf(value: string, field: string, values: readonly string[]): void {
  if (values.includes(value)) return;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ` +
      `Member must satisfy enum value set: [${values.join(', ')}]`,
  );
}
