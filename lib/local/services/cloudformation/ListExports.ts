import type { ListExportsInput, ListExportsOutput } from '@aws-sdk/client-cloudformation';
import type { Operation } from '../../service';
import type { Stacks } from './state';

export const listExports = (stacks: Stacks): Operation<ListExportsInput, ListExportsOutput> => ({
  authorize: () => [{ action: 'cloudformation:ListExports', resource: '*' }],
  handle: async () => ({
    Exports: stacks
      .all()
      .flatMap(({ stackId, outputs }) =>
        Object.values(outputs).flatMap(({ exportName, value }) =>
          exportName === undefined ? [] : [{ ExportingStackId: stackId, Name: exportName, Value: String(value) }],
        ),
      ),
  }),
});
