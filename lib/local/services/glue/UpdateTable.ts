import type { UpdateTableCommandInput, UpdateTableCommandOutput } from '@aws-sdk/client-glue';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type GlueState } from './state';

type Output = Omit<UpdateTableCommandOutput, '$metadata'>;

export const UpdateTable: OperationOf<GlueState, UpdateTableCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableInput, Name }, context) =>
    accessTo('UpdateTable', context, DatabaseName, Name ?? TableInput?.Name ?? ''),

  async handle(input, { cloud }) {
    requireMembers(input, 'DatabaseName', 'TableInput');
    const table = state().table(input.DatabaseName, input.Name ?? input.TableInput.Name);
    await state().putTable({
      ...table,
      input: input.TableInput,
      updatedAt: cloud.clock.now(),
      version: table.version + 1,
    });
    return {};
  },
});
