import type { DescribeArchiveCommandInput, DescribeArchiveCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { archiveArn, archiveOutput } from './archives';
import type { EventsState } from './state';

type Output = Omit<DescribeArchiveCommandOutput, '$metadata'>;

export const DescribeArchive: OperationOf<EventsState, DescribeArchiveCommandInput, Output> = (state) => ({
  authorize: ({ ArchiveName = '' }, { cloud }) => [
    { action: 'events:DescribeArchive', resource: archiveArn(cloud, ArchiveName) },
  ],

  async handle(input) {
    requireMembers(input, 'ArchiveName');
    const archive = state().archives.archive(input.ArchiveName);
    return {
      ...archiveOutput(archive, state().archives.contents(archive.name)),
      ArchiveArn: archive.arn,
      ...(archive.description === undefined ? {} : { Description: archive.description }),
      ...(archive.eventPattern === undefined ? {} : { EventPattern: archive.eventPattern }),
    };
  },
});
