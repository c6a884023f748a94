import type {
  CheckSchemaVersionValidityCommandInput,
  CheckSchemaVersionValidityCommandOutput,
} from '@aws-sdk/client-glue';
import type { OperationOf } from '../../stateful';
import type { GlueState } from '../state';
import { invalidity } from './evolve';

type Output = Omit<CheckSchemaVersionValidityCommandOutput, '$metadata'>;

export const CheckSchemaVersionValidity: OperationOf<
  GlueState,
  CheckSchemaVersionValidityCommandInput,
  Output
> = () => ({
  authorize: () => [{ action: 'glue:CheckSchemaVersionValidity', resource: '*' }],

  async handle({ DataFormat, SchemaDefinition }) {
    const problem = DataFormat === 'JSON' ? invalidity(SchemaDefinition) : `${DataFormat} is not known here`;
    return { Valid: problem === undefined, ...(problem === undefined ? {} : { Error: problem }) };
  },
});
