import type { PostgresServer } from '../../postgres/server';
import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { BatchExecuteStatement } from './batch-execute-statement';
import { BeginTransaction } from './begin-transaction';
import type { Cluster, ClusterRegistration } from './clusters';
import { CommitTransaction } from './commit-transaction';
import { ExecuteStatement } from './execute-statement';
import { RollbackTransaction } from './rollback-transaction';
import { LIMITS, type Limits, openRdsData, type RdsData } from './state';

export type { Cluster, ClusterRegistration } from './clusters';

export interface RdsDataService extends Service {
  /** Creates the cluster's database and master user, or updates them. Kept over restarts. Only after `start`. */
  registerCluster(registration: ClusterRegistration): Promise<Cluster>;
  /** `AWS::RDS::DBCluster` AssociatedRoles, feature s3Import. */
  addImportRole(clusterIdentifier: string, roleArn: string): Promise<void>;
  clusters(): readonly Cluster[];
  /** For tests of auto-pause: the next `calls` calls get DatabaseResumingException. */
  pause(clusterIdentifier: string, calls: number): void;
}

/** The Data API of Aurora PostgreSQL, on the cloud's one PostgreSQL. */
export function createRdsDataService({
  postgres,
  limits = {},
}: {
  postgres: PostgresServer;
  limits?: Partial<Limits>;
}): RdsDataService {
  let state: RdsData | undefined;
  const opened = () => {
    if (!state) throw new Error('The rds-data service has not started');
    return state;
  };
  const service = statefulService<RdsData>({
    name: 'rds-data',
    open: async (cloud, folder) => {
      state = await openRdsData(cloud, folder, postgres, { ...LIMITS, ...limits });
      return state;
    },
    operations: { BatchExecuteStatement, BeginTransaction, CommitTransaction, ExecuteStatement, RollbackTransaction },
  });
  return {
    ...service,
    registerCluster: (registration) => opened().clusters.register(registration),
    addImportRole: (clusterIdentifier, roleArn) => opened().clusters.addImportRole(clusterIdentifier, roleArn),
    clusters: () => opened().clusters.list(),
    pause: (clusterIdentifier, calls) => opened().clusters.pause(clusterIdentifier, calls),
  };
}
