import { Construct } from 'constructs';
import type { Aurora } from './aurora';
import { BundledFunction } from './function';
import { DATABASE_SECRET_ARNS, FOUNDATION, logGroupName, METRICS_NAMESPACE } from './names';
import type { Permission } from './permission';
import type { Warehouse } from './warehouse';

export interface BootstrapProps {
  readonly aurora: Aurora;
  readonly warehouse: Warehouse;
}

/** Creates each pipeline's user, schemas and grants in both databases, as their administrator: `Custom::StepwellDatabaseUser` calls it. */
export class Bootstrap extends Construct {
  readonly functionArn: string;
  /** changes with the handler's code, so that a deploy brings existing users and procedures up to date */
  readonly version: string;

  constructor(scope: Construct, id: string, { aurora, warehouse }: BootstrapProps) {
    super(scope, id);
    const { function: lambda, codeHash } = new BundledFunction(this, 'Task', {
      task: 'bootstrap',
      description: 'Creates database users, schemas and grants when a pipeline is deployed',
      logGroupName: logGroupName(FOUNDATION, 'bootstrap'),
      memoryMb: 256,
      // A database that sleeps takes half a minute to wake up.
      timeoutSeconds: 600,
      environment: {
        POWERTOOLS_SERVICE_NAME: 'foundation',
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        LOG_LEVEL: 'INFO',
      },
      permissions: permissions(aurora, warehouse),
    });
    this.functionArn = lambda.functionArn;
    this.version = codeHash.slice(0, 16);
  }
}

function permissions(aurora: Aurora, warehouse: Warehouse): Permission[] {
  return [
    {
      statement: {
        actions: ['secretsmanager:GetSecretValue'],
        resources: [aurora.adminSecretArn, warehouse.adminSecretArn],
      },
    },
    {
      statement: { actions: ['secretsmanager:GetSecretValue'], resources: [DATABASE_SECRET_ARNS] },
      wildcard: 'The secrets of database users, which pipelines to come will bring',
    },
    { statement: { actions: ['rds-data:ExecuteStatement'], resources: [aurora.clusterArn] } },
    {
      statement: {
        actions: ['redshift-data:ExecuteStatement', 'redshift-data:BatchExecuteStatement'],
        resources: [warehouse.workgroupArn],
      },
    },
    {
      statement: { actions: ['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'], resources: ['*'] },
      wildcard: 'The Redshift Data API has no resource for a statement; its id must be known',
    },
  ];
}
