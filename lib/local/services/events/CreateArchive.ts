import type { CreateArchiveCommandInput, CreateArchiveCommandOutput } from '@aws-sdk/client-eventbridge';
import { compilePattern } from '../../events/pattern';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { archiveArn } from './archives';
import { busArn, type EventsState } from './state';

type Output = Omit<CreateArchiveCommandOutput, '$metadata'>;

export const CreateArchive: OperationOf<EventsState, CreateArchiveCommandInput, Output> = (state) => ({
  authorize: ({ ArchiveName = '' }, { cloud }) => [
    { action: 'events:CreateArchive', resource: archiveArn(cloud, ArchiveName) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'ArchiveName', 'EventSourceArn');
    const { ArchiveName: name, EventPattern, Description, RetentionDays = 0 } = input;
    const { archives } = state().archives;
    if (archives.has(name)) throw new AwsError('ResourceAlreadyExistsException', `Archive ${name} already exists.`);
    const bus = state().busName(input.EventSourceArn);
    if (EventPattern) compilePattern(EventPattern);
    const archive = {
      name,
      arn: archiveArn(cloud, name),
      bus,
      busArn: busArn(cloud, bus),
      retentionDays: RetentionDays,
      createdAt: cloud.clock.now(),
      ...(Description ? { description: Description } : {}),
      ...(EventPattern ? { eventPattern: EventPattern } : {}),
    };
    await archives.set(name, archive);
    return { ArchiveArn: archive.arn, State: 'ENABLED', CreationTime: new Date(archive.createdAt) };
  },
});
