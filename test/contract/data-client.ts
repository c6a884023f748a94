/**
 * The Data APIs for the contract: the local services behind a port, or AWS with `REMOTE=1` and, of a test cluster and a test workgroup,
 * `AURORA_ARN`, `AURORA_SECRET`, `REDSHIFT_WORKGROUP`, `REDSHIFT_DATABASE` and `REDSHIFT_SECRET`, and for COPY and UNLOAD `REDSHIFT_BUCKET` and
 * `REDSHIFT_ROLE`, a role of the namespace's that may use the bucket. The tests make tables and objects of their own and drop them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startPostgres } from '../../lib/local/postgres/server';
import { type CloudContext, type Service, systemClock } from '../../lib/local/service';
import { createRdsDataService } from '../../lib/local/services/rds-data';
import { createRedshiftDataService } from '../../lib/local/services/redshift-data';
import { createS3Service } from '../../lib/local/services/s3';
import { createSecretsManagerService } from '../../lib/local/services/secretsmanager';
import { dispatch, startServer, UnknownOperationError, type WireServer } from '../../lib/local/wire';

export const isRemote = process.env.REMOTE === '1';

export interface DataContract {
  readonly rdsData: RDSDataClient;
  readonly aurora: { readonly resourceArn: string; readonly secretArn: string };
  readonly redshiftData: RedshiftDataClient;
  readonly redshift: { readonly WorkgroupName: string; readonly Database: string; readonly SecretArn: string };
  readonly s3: S3Client;
  readonly bucket: string;
  /** that COPY and UNLOAD name */
  readonly role: string;
  close(): Promise<void>;
}

export async function connect(): Promise<DataContract> {
  if (isRemote) {
    const {
      AURORA_ARN = '',
      AURORA_SECRET = '',
      REDSHIFT_WORKGROUP = '',
      REDSHIFT_DATABASE = '',
      REDSHIFT_SECRET = '',
      REDSHIFT_BUCKET = '',
      REDSHIFT_ROLE = '',
    } = process.env;
    return {
      rdsData: new RDSDataClient({}),
      aurora: { resourceArn: AURORA_ARN, secretArn: AURORA_SECRET },
      redshiftData: new RedshiftDataClient({}),
      redshift: { WorkgroupName: REDSHIFT_WORKGROUP, Database: REDSHIFT_DATABASE, SecretArn: REDSHIFT_SECRET },
      s3: new S3Client({}),
      bucket: REDSHIFT_BUCKET,
      role: REDSHIFT_ROLE,
      close: async () => {},
    };
  }
  return connectLocal();
}

const ROLE = 'arn:aws:iam::000000000000:role/redshift-copy';

async function connectLocal(): Promise<DataContract> {
  const stateDir = await mkdtemp(join(tmpdir(), 'stepwell-data-'));
  const postgres = await startPostgres({ stateDir });
  const rds = createRdsDataService({ postgres });
  const redshift = createRedshiftDataService({ postgres });
  const services: Service[] = [createSecretsManagerService(), createS3Service({ stateDir }), rds, redshift];
  let server: WireServer | undefined;
  const context: CloudContext = {
    account: '000000000000',
    region: 'us-east-1',
    stateDir,
    clock: systemClock,
    log: () => {},
    get endpoint() {
      return server?.endpoint ?? '';
    },
    call(principal, name, operation, input) {
      const service = services.find((each) => each.name === name);
      if (!service) return Promise.reject(new UnknownOperationError(name, operation));
      return dispatch(service, operation, input, { cloud: context, principal, requestId: 'test' }, () => {});
    },
    credentialsFor: () => ({ accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' }),
  };
  server = await startServer({
    services,
    authorize: () => {},
    cloud: context,
    port: 0,
    principalFor: () => ({ kind: 'admin' }),
  });
  for (const service of services) await service.start?.(context);
  await rds.registerCluster({
    clusterIdentifier: 'contract',
    databaseName: 'contract',
    masterUser: 'master',
    masterPassword: 'm',
  });
  await redshift.registerNamespace({
    namespace: 'contract',
    dbName: 'contract',
    adminUser: 'admin',
    adminPassword: 'Admin123',
    iamRoles: [ROLE],
  });
  await redshift.registerWorkgroup({ workgroup: 'contract', namespace: 'contract' });

  const config = {
    region: 'us-east-1',
    endpoint: server.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const secrets = new SecretsManagerClient(config);
  const secret = async (Name: string, username: string, password: string) => {
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name, SecretString: JSON.stringify({ username, password }) }),
    );
    return ARN!;
  };
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'contract' }));
  const rdsData = new RDSDataClient(config);
  const redshiftData = new RedshiftDataClient(config);
  return {
    rdsData,
    aurora: {
      resourceArn: 'arn:aws:rds:us-east-1:000000000000:cluster:contract',
      secretArn: await secret('aurora', 'master', 'm'),
    },
    redshiftData,
    redshift: {
      WorkgroupName: 'contract',
      Database: 'contract',
      SecretArn: await secret('redshift', 'admin', 'Admin123'),
    },
    s3,
    bucket: 'contract',
    role: ROLE,
    async close() {
      for (const client of [secrets, rdsData, redshiftData, s3]) client.destroy();
      await server.stop();
      for (const service of [...services].reverse()) await service.stop?.();
      await postgres.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
