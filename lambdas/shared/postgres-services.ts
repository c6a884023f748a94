import { rdsData } from './clients';
import { environment } from './environment';
import type { Postgres } from './postgres';

/** The pipeline's connection to Aurora, from the function's environment. */
export function postgresServices(): Postgres {
  return {
    client: rdsData(),
    clusterArn: environment('AURORA_CLUSTER_ARN'),
    database: environment('AURORA_DATABASE'),
    secretArn: environment('AURORA_SECRET_ARN'),
  };
}
