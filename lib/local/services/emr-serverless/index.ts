import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { CancelJobRun } from './CancelJobRun';
import { CreateApplication } from './CreateApplication';
import { DeleteApplication } from './DeleteApplication';
import { GetApplication } from './GetApplication';
import { GetJobRun } from './GetJobRun';
import { ListApplications } from './ListApplications';
import { ListJobRuns } from './ListJobRuns';
import { ListTagsForResource } from './ListTagsForResource';
import { StartApplication } from './StartApplication';
import { StartJobRun } from './StartJobRun';
import { StopApplication } from './StopApplication';
import { openEmrServerless } from './state';
import { TagResource } from './TagResource';
import { tagged } from './tagged';
import { UntagResource } from './UntagResource';
import { UpdateApplication } from './UpdateApplication';

/** Amazon EMR Serverless: Spark jobs, run by the Spark of this machine. */
export function createEmrServerlessService({
  assets = () => new Map(),
}: {
  readonly assets?: () => ReadonlyMap<string, string>;
} = {}): Service {
  return statefulService({
    name: 'emr-serverless',
    open: (cloud, folder) => openEmrServerless(cloud, folder, assets),
    tagsOf: (state, arn) => tagged(state, arn).tags,
    operations: {
      CancelJobRun,
      CreateApplication,
      DeleteApplication,
      GetApplication,
      GetJobRun,
      ListApplications,
      ListJobRuns,
      ListTagsForResource,
      StartApplication,
      StartJobRun,
      StopApplication,
      TagResource,
      UntagResource,
      UpdateApplication,
    },
  });
}
