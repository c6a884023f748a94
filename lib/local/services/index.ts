/** All services of a local cloud, and the order in which they start. */

import { createDatabases, type LocalDatabases } from '../databases';
import type { Iam } from '../iam';
import type { PostgresServer } from '../postgres/server';
import type { Service } from '../service';
import { createCloudFormationService, type Stacks } from './cloudformation';
import { createDynamoDbService } from './dynamodb';
import { createEmrServerlessService } from './emr-serverless';
import { createEventsService } from './events';
import { createGlueService } from './glue';
import { createIamService } from './iam';
import { createKinesisService } from './kinesis';
import { createLambdaService, type LambdaService } from './lambda';
import { createLogsService } from './logs';
import { createMonitoringService } from './monitoring';
import { createPipesService } from './pipes';
import { createRdsDataService, type RdsDataService } from './rds-data';
import { createRedshiftDataService, type RedshiftDataService } from './redshift-data';
import { createS3Service, type S3Service } from './s3';
import { createSchedulerService } from './scheduler';
import { createSecretsManagerService } from './secretsmanager';
import { createSnsService } from './sns';
import { createSqsService } from './sqs';
import { createStatesService } from './states';
import { createStsService } from './sts';

export interface ServicesOptions {
  readonly stateDir: string;
  readonly postgres: PostgresServer;
  readonly iam: Iam;
  /** object key of the bootstrap's asset bucket → folder or file on this disk */
  readonly assets: () => ReadonlyMap<string, string>;
  readonly stacks: Stacks;
  /** Step Functions may be called as often as on AWS, and no more often */
  readonly throttle: boolean;
}

export interface Services {
  readonly byName: ReadonlyMap<string, Service>;
  /** each tier starts when the one before it has, and stops before it does */
  readonly tiers: readonly (readonly Service[])[];
  readonly lambda: LambdaService;
  readonly s3: S3Service;
  readonly rdsData: RdsDataService;
  readonly redshiftData: RedshiftDataService;
  readonly databases: LocalDatabases;
}

export function createServices({ stateDir, postgres, iam, assets, stacks, throttle }: ServicesOptions): Services {
  const s3 = createS3Service({ stateDir, policies: iam.registry });
  const lambda = createLambdaService({ iam, assets });
  const rdsData = createRdsDataService({ postgres });
  const redshiftData = createRedshiftDataService({ postgres });
  const keepers: Service[] = [
    s3,
    createDynamoDbService(),
    createSecretsManagerService({ policies: iam.registry }),
    createSqsService({ policies: iam.registry }),
    createKinesisService({ policies: iam.registry }),
    createGlueService(),
    createLogsService(),
    createMonitoringService(),
    createStsService({ iam }),
    createIamService(iam.registry),
    createCloudFormationService(stacks),
  ];
  const workers: Service[] = [rdsData, redshiftData, lambda, createEmrServerlessService({ assets })];
  const deliverers: Service[] = [
    createSnsService({ policies: iam.registry }),
    createStatesService({ throttle }),
    createEventsService(),
    createSchedulerService(),
    createPipesService(),
  ];
  const tiers = [keepers, workers, deliverers];
  return {
    byName: new Map(tiers.flat().map((service) => [service.name, service])),
    tiers,
    lambda,
    s3,
    rdsData,
    redshiftData,
    databases: createDatabases(postgres, rdsData, redshiftData),
  };
}
