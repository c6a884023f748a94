import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { AddPermission } from './AddPermission';
import { CreateAlias } from './CreateAlias';
import { CreateEventSourceMapping } from './CreateEventSourceMapping';
import { CreateFunction } from './CreateFunction';
import { DeleteAlias } from './DeleteAlias';
import { DeleteEventSourceMapping } from './DeleteEventSourceMapping';
import { DeleteFunction } from './DeleteFunction';
import { DeleteFunctionConcurrency } from './DeleteFunctionConcurrency';
import { DeleteFunctionEventInvokeConfig } from './DeleteFunctionEventInvokeConfig';
import { DeleteLayerVersion } from './DeleteLayerVersion';
import { GetAccountSettings } from './GetAccountSettings';
import { GetAlias } from './GetAlias';
import { GetEventSourceMapping } from './GetEventSourceMapping';
import { GetFunction } from './GetFunction';
import { GetFunctionConcurrency } from './GetFunctionConcurrency';
import { GetFunctionConfiguration } from './GetFunctionConfiguration';
import { GetFunctionEventInvokeConfig } from './GetFunctionEventInvokeConfig';
import { GetLayerVersion } from './GetLayerVersion';
import { GetPolicy } from './GetPolicy';
import { Invoke } from './Invoke';
import { ListAliases } from './ListAliases';
import { ListEventSourceMappings } from './ListEventSourceMappings';
import { ListFunctionEventInvokeConfigs } from './ListFunctionEventInvokeConfigs';
import { ListFunctions } from './ListFunctions';
import { ListTags } from './ListTags';
import { ListVersionsByFunction } from './ListVersionsByFunction';
import { PublishLayerVersion } from './PublishLayerVersion';
import { PublishVersion } from './PublishVersion';
import { PutFunctionConcurrency } from './PutFunctionConcurrency';
import { PutFunctionEventInvokeConfig } from './PutFunctionEventInvokeConfig';
import { RemovePermission } from './RemovePermission';
import { type LambdaOptions, type LambdaState, openLambda } from './state';
import { TagResource } from './TagResource';
import { UntagResource } from './UntagResource';
import { UpdateAlias } from './UpdateAlias';
import { UpdateEventSourceMapping } from './UpdateEventSourceMapping';
import { UpdateFunctionCode } from './UpdateFunctionCode';
import { UpdateFunctionConfiguration } from './UpdateFunctionConfiguration';
import { UpdateFunctionEventInvokeConfig } from './UpdateFunctionEventInvokeConfig';

export type { LambdaOptions } from './state';

export interface LambdaService extends Service {
  /** Kills the processes of a function in the middle of their invocations; returns how many. For tests of what a crash leaves. */
  killRunning(functionName: string): number;
  /** ids of the function's processes, warm ones included */
  processes(functionName: string): number[];
}

export function createLambdaService(options: LambdaOptions): LambdaService {
  let opened: LambdaState | undefined;
  const service = statefulService<LambdaState>({
    name: 'lambda',
    open: async (cloud, folder) => {
      opened = await openLambda(cloud, folder, options);
      return opened;
    },
    tagsOf: (state, arn) => state.function(arn).tags,
    operations: {
      AddPermission,
      CreateAlias,
      CreateEventSourceMapping,
      CreateFunction,
      DeleteAlias,
      DeleteEventSourceMapping,
      DeleteFunction,
      DeleteFunctionConcurrency,
      DeleteFunctionEventInvokeConfig,
      DeleteLayerVersion,
      GetAccountSettings,
      GetAlias,
      GetEventSourceMapping,
      GetFunction,
      GetFunctionConcurrency,
      GetFunctionConfiguration,
      GetFunctionEventInvokeConfig,
      GetLayerVersion,
      GetPolicy,
      Invoke,
      ListAliases,
      ListEventSourceMappings,
      ListFunctionEventInvokeConfigs,
      ListFunctions,
      ListTags,
      ListVersionsByFunction,
      PublishLayerVersion,
      PublishVersion,
      PutFunctionConcurrency,
      PutFunctionEventInvokeConfig,
      RemovePermission,
      TagResource,
      UntagResource,
      UpdateAlias,
      UpdateEventSourceMapping,
      UpdateFunctionCode,
      UpdateFunctionConfiguration,
      UpdateFunctionEventInvokeConfig,
    },
  });
  return {
    ...service,
    async ready() {
      opened?.ready();
    },
    killRunning: (functionName) => opened?.runtime.killRunning(functionName) ?? 0,
    processes: (functionName) => opened?.runtime.processes(functionName) ?? [],
  };
}
