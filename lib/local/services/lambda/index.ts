import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { AddPermission } from './AddPermission';
import { CreateFunction } from './CreateFunction';
import { DeleteFunction } from './DeleteFunction';
import { DeleteFunctionConcurrency } from './DeleteFunctionConcurrency';
import { DeleteFunctionEventInvokeConfig } from './DeleteFunctionEventInvokeConfig';
import { DeleteLayerVersion } from './DeleteLayerVersion';
import { GetFunction } from './GetFunction';
import { GetFunctionConfiguration } from './GetFunctionConfiguration';
import { GetFunctionEventInvokeConfig } from './GetFunctionEventInvokeConfig';
import { GetLayerVersion } from './GetLayerVersion';
import { GetPolicy } from './GetPolicy';
import { Invoke } from './Invoke';
import { ListFunctions } from './ListFunctions';
import { PublishLayerVersion } from './PublishLayerVersion';
import { PutFunctionConcurrency } from './PutFunctionConcurrency';
import { PutFunctionEventInvokeConfig } from './PutFunctionEventInvokeConfig';
import { RemovePermission } from './RemovePermission';
import { type LambdaOptions, type LambdaState, openLambda } from './state';
import { UpdateFunctionCode } from './UpdateFunctionCode';
import { UpdateFunctionConfiguration } from './UpdateFunctionConfiguration';

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
    operations: {
      AddPermission,
      CreateFunction,
      DeleteFunction,
      DeleteFunctionConcurrency,
      DeleteFunctionEventInvokeConfig,
      DeleteLayerVersion,
      GetFunction,
      GetFunctionConfiguration,
      GetFunctionEventInvokeConfig,
      GetLayerVersion,
      GetPolicy,
      Invoke,
      ListFunctions,
      PublishLayerVersion,
      PutFunctionConcurrency,
      PutFunctionEventInvokeConfig,
      RemovePermission,
      UpdateFunctionCode,
      UpdateFunctionConfiguration,
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
