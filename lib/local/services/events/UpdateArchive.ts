import type { UpdateArchiveCommandInput, UpdateArchiveCommandOutput } from '@aws-sdk/client-eventbridge';
import { compilePattern } from '../../events/pattern';
import { type OperationOf, requireMembers } from '../stateful';
import { archiveArn } from './archives';
import type { EventsState } from './state';

type Output = Omit<UpdateArchiveCommandOutput, '$metadata'>;

export const UpdateArchive: OperationOf<EventsState, UpdateArchiveCommandInput, Output> = (state) => ({
  authorize: ({ ArchiveName = '' }, { cloud }) => [
    { action: 'events:UpdateArchive', resource: archiveArn(cloud, ArchiveName) },
  ],

  async handle(input) {
    requireMembers(input, 'ArchiveName');
    const { EventPattern, Description, RetentionDays } = input;
    const archive = state().archives.archive(input.ArchiveName);
    if (EventPattern) compilePattern(EventPattern);
    await state().archives.archives.set(archive.name, {
      ...archive,
      ...(RetentionDays === undefined ? {} : { retentionDays: RetentionDays }),
      ...(Description === undefined ? {} : { description: Description }),
      ...(EventPattern ? { eventPattern: EventPattern } : {}),
    });
    return { ArchiveArn: archive.arn, State: 'ENABLED', CreationTime: new Date(archive.createdAt) };
  },
});
