import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreateEventBus } from './CreateEventBus';
import { DeleteEventBus } from './DeleteEventBus';
import { DeleteRule } from './DeleteRule';
import { DescribeEventBus } from './DescribeEventBus';
import { DescribeRule } from './DescribeRule';
import { DisableRule } from './DisableRule';
import { EnableRule } from './EnableRule';
import { ListEventBuses } from './ListEventBuses';
import { ListRuleNamesByTarget } from './ListRuleNamesByTarget';
import { ListRules } from './ListRules';
import { ListTagsForResource } from './ListTagsForResource';
import { ListTargetsByRule } from './ListTargetsByRule';
import { PutEvents } from './PutEvents';
import { PutRule } from './PutRule';
import { PutTargets } from './PutTargets';
import { RemoveTargets } from './RemoveTargets';
import { openEvents } from './state';
import { TagResource } from './TagResource';
import { TestEventPattern } from './TestEventPattern';
import { UntagResource } from './UntagResource';
import { UpdateEventBus } from './UpdateEventBus';

/** Amazon EventBridge: buses, their rules, schedules and deliveries. */
export function createEventsService(): Service {
  return statefulService({
    name: 'events',
    open: openEvents,
    operations: {
      UpdateEventBus,
      ListEventBuses,
      DeleteEventBus,
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
