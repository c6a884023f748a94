/** The AWS managed policies that CDK constructs attach, as far as their actions concern services of the local cloud. */
import type { PolicyDocument } from './policy';

const allow = (...actions: string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
const XRAY = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:GetSamplingStatisticSummaries',
];

/** Keyed by what follows `arn:aws:iam::aws:policy/`. */
const POLICIES: Readonly<Record<string, PolicyDocument>> = {
  AdministratorAccess: allow('*'),
  AWSXRayDaemonWriteAccess: allow(...XRAY),
  AWSXrayWriteOnlyAccess: allow(...XRAY),
  AmazonS3FullAccess: allow('s3:*', 's3-object-lambda:*'),
  AmazonS3ReadOnlyAccess: allow(
    's3:Get*',
    's3:List*',
    's3:Describe*',
    's3-object-lambda:Get*',
    's3-object-lambda:List*',
  ),
  AmazonDynamoDBFullAccess: allow('dynamodb:*'),
  AmazonRDSDataFullAccess: allow(
    'rds-data:BatchExecuteStatement',
    'rds-data:BeginTransaction',
    'rds-data:CommitTransaction',
    'rds-data:ExecuteStatement',
    'rds-data:RollbackTransaction',
    'secretsmanager:GetSecretValue',
  ),
  AmazonRedshiftAllCommandsFullAccess: allow('s3:Get*', 's3:List*', 's3:PutObject', 's3:DeleteObject', 'glue:*'),
  CloudWatchLambdaInsightsExecutionRolePolicy: allow(...LOGS),
  CloudWatchFullAccess: allow('cloudwatch:*', 'logs:*', 'sns:CreateTopic', 'sns:ListTopics', 'sns:Subscribe'),
  CloudWatchLogsFullAccess: allow('logs:*', 'cloudwatch:GenerateQuery'),
  'service-role/AWSLambdaBasicExecutionRole': allow(...LOGS),
  'service-role/AWSLambdaVPCAccessExecutionRole': allow(...LOGS, ...NETWORK_INTERFACES),
  'service-role/AWSLambdaSQSQueueExecutionRole': allow(
    'sqs:ReceiveMessage',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    ...LOGS,
  ),
  'service-role/AWSLambdaDynamoDBExecutionRole': allow(
    'dynamodb:DescribeStream',
    'dynamodb:GetRecords',
    'dynamodb:GetShardIterator',
    'dynamodb:ListStreams',
    ...LOGS,
  ),
  'service-role/AWSLambdaKinesisExecutionRole': allow(
    'kinesis:DescribeStream',
    'kinesis:DescribeStreamSummary',
    'kinesis:GetRecords',
    'kinesis:GetShardIterator',
    'kinesis:ListShards',
    'kinesis:ListStreams',
    'kinesis:SubscribeToShard',
    ...LOGS,
  ),
  'service-role/AWSLambdaRole': allow('lambda:InvokeFunction'),
};

export function managedPolicy(arn: string): PolicyDocument | undefined {
  return POLICIES[arn.replace(/^arn:aws[a-z-]*:iam::aws:policy\//, '')];
}
