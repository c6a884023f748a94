/** Of each function's role, whole: what a reviewer reads when a grant changes. */
const ledger = (...keys: string[]) => ({
  Effect: 'Allow',
  Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'],
  Resource: '<LedgerTableArn>',
  Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } },
});
const redshift = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '<StatementRole.Arn>' }];
const postgres = [
  { Effect: 'Allow', Action: 'rds-data:ExecuteStatement', Resource: '<AuroraClusterDBClusterArn>' },
  { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '<PostgresUserLoginSecret>' },
];
const completeTasks = {
  Effect: 'Allow',
  Action: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
  Resource: 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:stepwell-orders',
};
const readExecutions = {
  Effect: 'Allow',
  Action: ['states:DescribeExecution', 'states:GetExecutionHistory'],
  Resource: 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:stepwell-orders:*',
};
const readLanding = {
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:GetObjectVersion'],
  Resource: '<BucketsLandingArn>/orders/*',
};
const readRuns = { Effect: 'Allow', Action: 's3:GetObject', Resource: '<BucketsWorkArn>/runs/orders/*' };
const write = (...resources: string[]) => ({
  Effect: 'Allow',
  Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
  Resource: resources.length === 1 ? resources[0] : resources,
});
const writeRuns = write('<BucketsWorkArn>/runs/orders/*');
const writeLog = (name: string) => ({
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: `<${name}Log.Arn>`,
});
const trace = { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' };
const deadLetters = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '<DeadLettersQueue.Arn>' };

export const expectedPermissions: Readonly<Record<string, readonly object[]>> = {
  admit: [readLanding, ledger('pipeline#orders', 'object#orders#*'), readExecutions, writeLog('Admit'), trace],
  'extract-files': [
    readLanding,
    write('<BucketsWorkArn>/runs/orders/*', '<BucketsWorkArn>/quarantine/orders/*'),
    writeLog('ExtractFiles'),
    trace,
  ],
  'load-redshift': [
    readRuns,
    writeRuns,
    ledger('statement#stepwell/orders/*'),
    ...redshift,
    completeTasks,
    writeLog('LoadRedshift'),
    trace,
  ],
  'load-postgres': [readRuns, ...postgres, writeLog('LoadPostgres'), trace],
  'publish-lake': [
    readRuns,
    writeRuns,
    write('<BucketsLakeArn>/stepwell_orders/orders/*'),
    {
      Effect: 'Allow',
      Action: [
        'glue:GetTable',
        'glue:UpdateTable',
        'glue:GetPartition',
        'glue:GetPartitions',
        'glue:CreatePartition',
        'glue:BatchCreatePartition',
        'glue:UpdatePartition',
        'glue:DeletePartition',
        'glue:BatchDeletePartition',
      ],
      Resource: ['catalog', 'database/stepwell_orders', 'table/stepwell_orders/orders'].map(
        (resource) => `arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:${resource}`,
      ),
    },
    writeLog('PublishLake'),
    trace,
  ],
  check: [readRuns, writeLog('Check'), trace],
  publish: [ledger('statement#stepwell/orders/*'), ...redshift, ...postgres, completeTasks, writeLog('Publish'), trace],
  record: [ledger('pipeline#orders', 'object#orders#*'), writeLog('Record'), trace],
  'report-failure': [
    ledger('pipeline#orders', 'alert#*'),
    readExecutions,
    { Effect: 'Allow', Action: 'sns:Publish', Resource: '<AlertsTopic>' },
    writeLog('ReportFailure'),
    trace,
    deadLetters,
  ],
  'redshift-statement-finished': [
    ledger('statement#stepwell/orders/*'),
    ...redshift,
    completeTasks,
    writeLog('RedshiftStatementFinished'),
    trace,
    deadLetters,
  ],
};
