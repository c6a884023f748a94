import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CreateStateMachine } from './CreateStateMachine';
import { DeleteStateMachine } from './DeleteStateMachine';
import { DescribeExecution } from './DescribeExecution';
import { DescribeMapRun } from './DescribeMapRun';
import { DescribeStateMachine } from './DescribeStateMachine';
import { DescribeStateMachineForExecution } from './DescribeStateMachineForExecution';
import { GetExecutionHistory } from './GetExecutionHistory';
import { ListExecutions } from './ListExecutions';
import { ListMapRuns } from './ListMapRuns';
import { ListStateMachines } from './ListStateMachines';
import { ListTagsForResource } from './ListTagsForResource';
import { RedriveExecution } from './RedriveExecution';
import { SendTaskFailure } from './SendTaskFailure';
import { SendTaskHeartbeat } from './SendTaskHeartbeat';
import { SendTaskSuccess } from './SendTaskSuccess';
import { StartExecution } from './StartExecution';
import { StartSyncExecution } from './StartSyncExecution';
import { StopExecution } from './StopExecution';
import { openStates, type StatesState } from './state';
import { TagResource } from './TagResource';
import { UntagResource } from './UntagResource';
import { UpdateMapRun } from './UpdateMapRun';
import { UpdateStateMachine } from './UpdateStateMachine';
import { ValidateStateMachineDefinition } from './ValidateStateMachineDefinition';

/** AWS Step Functions. Executions that a restart interrupted go on when `ready` is called. */
export function createStatesService(): Service {
  let opened: StatesState | undefined;
  const service = statefulService<StatesState>({
    name: 'states',
    async open(cloud, folder) {
      opened = await openStates(cloud, folder);
      return opened;
    },
    operations: {
      CreateStateMachine,
      DeleteStateMachine,
      DescribeExecution,
      DescribeMapRun,
      DescribeStateMachine,
      DescribeStateMachineForExecution,
      GetExecutionHistory,
      ListExecutions,
      ListMapRuns,
      ListStateMachines,
      ListTagsForResource,
      RedriveExecution,
      SendTaskFailure,
      SendTaskHeartbeat,
      SendTaskSuccess,
      StartExecution,
      StartSyncExecution,
      StopExecution,
      TagResource,
      UntagResource,
      UpdateMapRun,
      UpdateStateMachine,
      ValidateStateMachineDefinition,
    },
  });
  return {
    ...service,
    async ready() {
      await opened?.engine.resume();
    },
  };
}
