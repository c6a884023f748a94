import type { DeleteArchiveCommandInput, DeleteArchiveCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { archiveArn } from './archives';
import type { EventsState } from './state';

type Output = Omit<DeleteArchiveCommandOutput, '$metadata'>;

export const DeleteArchive: OperationOf<EventsState, DeleteArchiveCommandInput, Output> = (state) => ({
  authorize: ({ ArchiveName = '' }, { cloud }) => [
    { action: 'events:DeleteArchive', resource: archiveArn(cloud, ArchiveName) },
  ],

  async handle(input) {
    requireMembers(input, 'ArchiveName');
    await state().archives.deleteArchive(state().archives.archive(input.ArchiveName).name);
    return {};
  },
});
