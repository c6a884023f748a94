import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreateActivity } from './CreateActivity';
import { CreateStateMachine } from './CreateStateMachine';
import { CreateStateMachineAlias } from './CreateStateMachineAlias';
import { constrained } from './constraints';
import { DeleteActivity } from './DeleteActivity';
import { DeleteStateMachine } from './DeleteStateMachine';
import { DeleteStateMachineAlias } from './DeleteStateMachineAlias';
import { DeleteStateMachineVersion } from './DeleteStateMachineVersion';
import { DescribeActivity } from './DescribeActivity';
import { DescribeExecution } from './DescribeExecution';
import { DescribeMapRun } from './DescribeMapRun';
import { DescribeStateMachine } from './DescribeStateMachine';
import { DescribeStateMachineAlias } from './DescribeStateMachineAlias';
import { DescribeStateMachineForExecution } from './DescribeStateMachineForExecution';
import { GetActivityTask } from './GetActivityTask';
import { GetExecutionHistory } from './GetExecutionHistory';
import { InvokeHTTPEndpoint } from './http-task/InvokeHTTPEndpoint';
import { ListActivities } from './ListActivities';
import { ListExecutions } from './ListExecutions';
import { ListMapRuns } from './ListMapRuns';
import { ListStateMachineAliases } from './ListStateMachineAliases';
import { ListStateMachines } from './ListStateMachines';
import { ListStateMachineVersions } from './ListStateMachineVersions';
import { ListTagsForResource } from './ListTagsForResource';
import { RunChildren } from './map-run/RunChildren';
import { PublishStateMachineVersion } from './PublishStateMachineVersion';
import { RedriveExecution } from './RedriveExecution';
import { SendTaskFailure } from './SendTaskFailure';
import { SendTaskHeartbeat } from './SendTaskHeartbeat';
import { SendTaskSuccess } from './SendTaskSuccess';
import { StartExecution } from './StartExecution';
import { StartSyncExecution } from './StartSyncExecution';
import { StopExecution } from './StopExecution';
import { openStates, type StatesState } from './state';
import { TagResource } from './TagResource';
import { TestState } from './TestState';
import { taggable } from './taggable';
import { throttled } from './throttling';
import { UntagResource } from './UntagResource';
import { UpdateMapRun } from './UpdateMapRun';
import { UpdateStateMachine } from './UpdateStateMachine';
import { UpdateStateMachineAlias } from './UpdateStateMachineAlias';
import { ValidateStateMachineDefinition } from './ValidateStateMachineDefinition';

export interface StatesOptions {
  /** The API may be called as often as an account of AWS may, and no more often. */
  readonly throttle?: boolean;
}

/** AWS Step Functions. Executions that a restart interrupted go on when `ready` is called. */
export function createStatesService({ throttle = false }: StatesOptions = {}): Service {
  let opened: StatesState | undefined;
  const service = statefulService<StatesState>({
    name: 'states',
    async open(cloud, folder) {
      opened = await openStates(cloud, folder);
      return opened;
    },
    tagsOf: (state, arn) => taggable(state, arn.split(':').slice(0, 7).join(':')).tags,
    operations: {
      UpdateStateMachineAlias,
      PublishStateMachineVersion,
      ListStateMachineVersions,
      ListStateMachineAliases,
      ListActivities,
      GetActivityTask,
      DescribeStateMachineAlias,
      DescribeActivity,
      DeleteStateMachineVersion,
      DeleteStateMachineAlias,
      DeleteActivity,
      CreateStateMachineAlias,
      CreateActivity,
      CreateStateMachine,
      DeleteStateMachine,
      DescribeExecution,
      DescribeMapRun,
      DescribeStateMachine,
      DescribeStateMachineForExecution,
      GetExecutionHistory,
      InvokeHTTPEndpoint,
      ListExecutions,
      ListMapRuns,
      ListStateMachines,
      ListTagsForResource,
      RedriveExecution,
      RunChildren,
      SendTaskFailure,
      SendTaskHeartbeat,
      SendTaskSuccess,
      StartExecution,
      StartSyncExecution,
      StopExecution,
      TagResource,
      TestState,
      UntagResource,
      UpdateMapRun,
      UpdateStateMachine,
      ValidateStateMachineDefinition,
    },
  });
  const isExpress = (arn: unknown) => opened?.engine.catalogue.machines.get(unqualified(arn))?.type === 'EXPRESS';
  const operations = Object.entries(service.operations).map(([name, operation]) => {
    const checked = constrained(name, operation);
    return [name, throttle ? throttled(name, checked, isExpress) : checked];
  });
  return {
    ...service,
    operations: Object.fromEntries(operations),
    async ready() {
      await opened?.engine.resume();
    },
  };
}

/** Without a version or an alias. */
const unqualified = (arn: unknown): string => String(arn).split(':').slice(0, 7).join(':');
