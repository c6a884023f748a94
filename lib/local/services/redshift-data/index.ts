import type { PostgresServer } from '../../postgres/server';
import type { Service } from '../../service';
import { statefulService } from '../stateful';
import { BatchExecuteStatement } from './batch-execute-statement';
import { CancelStatement } from './cancel-statement';
import { DescribeStatement } from './describe-statement';
import { DescribeTable } from './describe-table';
import { ExecuteStatement } from './execute-statement';
import { GetStatementResult } from './get-statement-result';
import { GetStatementResultV2 } from './get-statement-result-v2';
import { ListDatabases } from './list-databases';
import { ListSchemas } from './list-schemas';
import { ListSessions } from './list-sessions';
import { ListStatements } from './list-statements';
import { ListTables } from './list-tables';
import { openRedshiftData, type RedshiftData } from './state';
import type { NamespaceRegistration, Workgroup } from './workgroups';

export type { NamespaceRegistration, Workgroup } from './workgroups';

export interface RedshiftDataService extends Service {
  /** Creates the namespace's database and admin, or updates them. Kept over restarts. Only after `start`. */
  registerNamespace(registration: NamespaceRegistration): Promise<void>;
  registerWorkgroup(registration: { readonly workgroup: string; readonly namespace: string }): Promise<void>;
  workgroups(): readonly Workgroup[];
}

/** The Data API of Redshift Serverless: the Redshift dialect on the cloud's one PostgreSQL. */
export function createRedshiftDataService({ postgres }: { postgres: PostgresServer }): RedshiftDataService {
  let state: RedshiftData | undefined;
  const opened = () => {
    if (!state) throw new Error('The redshift-data service has not started');
    return state;
  };
  const service = statefulService<RedshiftData>({
    name: 'redshift-data',
    open: async (cloud, folder) => {
      state = await openRedshiftData(cloud, folder, postgres);
      return state;
    },
    operations: {
      BatchExecuteStatement,
      CancelStatement,
      DescribeStatement,
      DescribeTable,
      ExecuteStatement,
      GetStatementResult,
      GetStatementResultV2,
      ListDatabases,
      ListSchemas,
      ListSessions,
      ListStatements,
      ListTables,
    },
  });
  return {
    ...service,
    // The events of statements that ended while nobody could be told.
    ready: () => opened().executor.sendDueEvents(),
    registerNamespace: (registration) => opened().workgroups.registerNamespace(registration),
    registerWorkgroup: (registration) => opened().workgroups.registerWorkgroup(registration),
    workgroups: () => opened().workgroups.list(),
  };
}
