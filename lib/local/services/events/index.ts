import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CancelReplay } from './CancelReplay';
import { CreateArchive } from './CreateArchive';
import { CreateConnection } from './CreateConnection';
import { CreateEventBus } from './CreateEventBus';
import { DeauthorizeConnection } from './DeauthorizeConnection';
import { DeleteArchive } from './DeleteArchive';
import { DeleteConnection } from './DeleteConnection';
import { DeleteEventBus } from './DeleteEventBus';
import { DeleteRule } from './DeleteRule';
import { DescribeArchive } from './DescribeArchive';
import { DescribeConnection } from './DescribeConnection';
import { DescribeEventBus } from './DescribeEventBus';
import { DescribeReplay } from './DescribeReplay';
import { DescribeRule } from './DescribeRule';
import { DisableRule } from './DisableRule';
import { EnableRule } from './EnableRule';
import { ListArchives } from './ListArchives';
import { ListConnections } from './ListConnections';
import { ListEventBuses } from './ListEventBuses';
import { ListReplays } from './ListReplays';
import { ListRuleNamesByTarget } from './ListRuleNamesByTarget';
import { ListRules } from './ListRules';
import { ListTagsForResource } from './ListTagsForResource';
import { ListTargetsByRule } from './ListTargetsByRule';
import { PutEvents } from './PutEvents';
import { PutRule } from './PutRule';
import { PutTargets } from './PutTargets';
import { RemoveTargets } from './RemoveTargets';
import { RetrieveConnectionCredentials } from './RetrieveConnectionCredentials';
import { StartReplay } from './StartReplay';
import { openEvents } from './state';
import { TagResource } from './TagResource';
import { TestEventPattern } from './TestEventPattern';
import { taggedResource } from './tagged';
import { UntagResource } from './UntagResource';
import { UpdateArchive } from './UpdateArchive';
import { UpdateConnection } from './UpdateConnection';
import { UpdateEventBus } from './UpdateEventBus';

/** Amazon EventBridge: buses, their rules, schedules and deliveries. */
export function createEventsService(): Service {
  return statefulService({
    name: 'events',
    open: openEvents,
    tagsOf: (state, arn) => taggedResource(state, arn).tags,
    operations: {
      CancelReplay,
      CreateArchive,
      DeleteArchive,
      DescribeArchive,
      DescribeReplay,
      ListArchives,
      ListReplays,
      StartReplay,
      UpdateArchive,
      UpdateEventBus,
      ListEventBuses,
      DeleteEventBus,
      CreateConnection,
      DeauthorizeConnection,
      DeleteConnection,
      DescribeConnection,
      ListConnections,
      RetrieveConnectionCredentials,
      UpdateConnection,
      CreateEventBus,
      DeleteRule,
      DescribeEventBus,
      DescribeRule,
      DisableRule,
      EnableRule,
      ListRuleNamesByTarget,
      ListRules,
      ListTagsForResource,
      ListTargetsByRule,
      PutEvents,
      PutRule,
      PutTargets,
      RemoveTargets,
      TagResource,
      TestEventPattern,
      UntagResource,
    },
  });
}
