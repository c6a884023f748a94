import type { CreateTableCommandInput, CreateTableCommandOutput } from '@aws-sdk/client-glue';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, fold, type GlueState } from './state';

type Output = Omit<CreateTableCommandOutput, '$metadata'>;

export const CreateTable: OperationOf<GlueState, CreateTableCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableInput }, context) =>
    accessTo('CreateTable', context, DatabaseName, TableInput?.Name ?? ''),

  async handle(input, { cloud }) {
    requireMembers(input, 'DatabaseName', 'TableInput');
    const { name: database } = state().database(input.DatabaseName);
    const name = fold(input.TableInput.Name);
    if (name === '') throw new AwsError('InvalidInputException', 'The name of the table is missing.');
    if (
      state()
        .tablesOf(database)
        .some((table) => table.name === name)
    ) {
      throw new AwsError('AlreadyExistsException', 'Table already exists.');
    }
    const now = cloud.clock.now();
    await state().putTable({ database, name, input: input.TableInput, createdAt: now, updatedAt: now, version: 0 });
    return {};
  },
});
