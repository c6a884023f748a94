/** Resource type → what creates it. */
import type { ResourceHandler } from '../resource';
import { cassandraKeyspace } from './cassandra-keyspace';
import { cassandraTable } from './cassandra-table';
import { cloudwatchAlarm, cloudwatchCompositeAlarm } from './cloudwatch-alarm';
import { cloudwatchDashboard } from './cloudwatch-dashboard';
import { customResource } from './custom-resource';
import { dynamodbTable } from './dynamodb-table';
import { emrServerlessApplication } from './emrserverless-application';
import { eventsConnection } from './events-connection';
import { eventsEventBus } from './events-event-bus';
import { eventsRule } from './events-rule';
import { glueDatabase } from './glue-database';
import { glueRegistry, glueSchema, glueSchemaVersion } from './glue-registry';
import { glueTable } from './glue-table';
import { iamManagedPolicy, iamPolicy } from './iam-policy';
import { iamRole } from './iam-role';
import { kinesisStream } from './kinesis-stream';
import { kmsKey } from './kms-key';
import { lambdaEventInvokeConfig } from './lambda-event-invoke-config';
import { lambdaEventSourceMapping } from './lambda-event-source-mapping';
import { lambdaFunction } from './lambda-function';
import { lambdaLayerVersion } from './lambda-layer-version';
import { lambdaPermission } from './lambda-permission';
import { lambdaAlias, lambdaVersion } from './lambda-version';
import { logsMetricFilter, logsSubscriptionFilter } from './logs-filters';
import { logsLogGroup } from './logs-log-group';
import { passive } from './passive';
import { pipesPipe } from './pipes-pipe';
import { rdsDbCluster } from './rds-db-cluster';
import { redshiftNamespace } from './redshiftserverless-namespace';
import { redshiftWorkgroup } from './redshiftserverless-workgroup';
import { s3Bucket } from './s3-bucket';
import { s3BucketNotifications } from './s3-bucket-notifications';
import { s3BucketPolicy } from './s3-bucket-policy';
import { schedulerSchedule } from './scheduler-schedule';
import { schedulerScheduleGroup } from './scheduler-schedule-group';
import { secretResourcePolicy } from './secretsmanager-resource-policy';
import { secret } from './secretsmanager-secret';
import { secretTargetAttachment } from './secretsmanager-target-attachment';
import { snsSubscription } from './sns-subscription';
import { snsTopic } from './sns-topic';
import { snsTopicPolicy } from './sns-topic-policy';
import { sqsQueue } from './sqs-queue';
import { sqsQueuePolicy } from './sqs-queue-policy';
import { activity } from './stepfunctions-activity';
import { stateMachine } from './stepfunctions-state-machine';
import { stateMachineAlias, stateMachineVersion } from './stepfunctions-version';

const HANDLERS: Readonly<Record<string, ResourceHandler>> = {
  'AWS::Cassandra::Keyspace': cassandraKeyspace,
  'AWS::Cassandra::Table': cassandraTable,
  'AWS::CloudFormation::CustomResource': customResource,
  'AWS::CloudWatch::Alarm': cloudwatchAlarm,
  'AWS::CloudWatch::CompositeAlarm': cloudwatchCompositeAlarm,
  'AWS::CloudWatch::Dashboard': cloudwatchDashboard,
  'AWS::DynamoDB::GlobalTable': dynamodbTable,
  'AWS::DynamoDB::Table': dynamodbTable,
  'AWS::EMRServerless::Application': emrServerlessApplication,
  'AWS::Events::Connection': eventsConnection,
  'AWS::Events::EventBus': eventsEventBus,
  'AWS::Events::Rule': eventsRule,
  'AWS::Glue::Database': glueDatabase,
  'AWS::Glue::Registry': glueRegistry,
  'AWS::Glue::Schema': glueSchema,
  'AWS::Glue::SchemaVersion': glueSchemaVersion,
  'AWS::Glue::Table': glueTable,
  'AWS::IAM::ManagedPolicy': iamManagedPolicy,
  'AWS::IAM::Policy': iamPolicy,
  'AWS::IAM::Role': iamRole,
  'AWS::KMS::Key': kmsKey,
  'AWS::Kinesis::Stream': kinesisStream,
  'AWS::Lambda::Alias': lambdaAlias,
  'AWS::Lambda::EventInvokeConfig': lambdaEventInvokeConfig,
  'AWS::Lambda::EventSourceMapping': lambdaEventSourceMapping,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::LayerVersion': lambdaLayerVersion,
  'AWS::Lambda::Permission': lambdaPermission,
  'AWS::Lambda::Version': lambdaVersion,
  'AWS::Logs::LogGroup': logsLogGroup,
  'AWS::Logs::MetricFilter': logsMetricFilter,
  'AWS::Logs::SubscriptionFilter': logsSubscriptionFilter,
  'AWS::Pipes::Pipe': pipesPipe,
  'AWS::RDS::DBCluster': rdsDbCluster,
  'AWS::RedshiftServerless::Namespace': redshiftNamespace,
  'AWS::RedshiftServerless::Workgroup': redshiftWorkgroup,
  'AWS::S3::Bucket': s3Bucket,
  'AWS::S3::BucketPolicy': s3BucketPolicy,
  'AWS::SNS::Subscription': snsSubscription,
  'AWS::SNS::Topic': snsTopic,
  'AWS::SNS::TopicPolicy': snsTopicPolicy,
  'AWS::SQS::Queue': sqsQueue,
  'AWS::SQS::QueuePolicy': sqsQueuePolicy,
  'AWS::Scheduler::ScheduleGroup': schedulerScheduleGroup,
  'AWS::Scheduler::Schedule': schedulerSchedule,
  'AWS::SecretsManager::ResourcePolicy': secretResourcePolicy,
  'AWS::SecretsManager::Secret': secret,
  'AWS::SecretsManager::SecretTargetAttachment': secretTargetAttachment,
  'AWS::StepFunctions::Activity': activity,
  'AWS::StepFunctions::StateMachine': stateMachine,
  'AWS::StepFunctions::StateMachineAlias': stateMachineAlias,
  'AWS::StepFunctions::StateMachineVersion': stateMachineVersion,
  'Custom::S3BucketNotifications': s3BucketNotifications,
};

export function resourceHandler(type: string): ResourceHandler | undefined {
  return HANDLERS[type] ?? passive(type) ?? (type.startsWith('Custom::') ? customResource : undefined);
}
