/**
 * The integrations that Step Functions has beside those of the AWS SDK, with their patterns:
 * https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 */
import type { Resource } from '../resource';

type Pattern = Resource['pattern'];

const CALL: readonly Pattern[] = ['request'];
const JOB: readonly Pattern[] = ['request', 'sync'];
const TOKEN: readonly Pattern[] = ['request', 'waitForTaskToken'];
const ALL: readonly Pattern[] = ['request', 'sync', 'waitForTaskToken'];

const each = (patterns: readonly Pattern[], ...actions: string[]) =>
  Object.fromEntries(actions.map((action) => [action, patterns]));

type Actions = Readonly<Record<string, readonly Pattern[]>>;

export const INTEGRATIONS: ReadonlyMap<string, Actions> = new Map(
  Object.entries<Actions>({
    apigateway: each(TOKEN, 'invoke'),
    athena: {
      ...each(JOB, 'startQueryExecution'),
      ...each(CALL, 'stopQueryExecution', 'getQueryExecution', 'getQueryResults'),
    },
    batch: each(JOB, 'submitJob'),
    bedrock: { ...each(TOKEN, 'invokeModel'), ...each(JOB, 'createModelCustomizationJob') },
    codebuild: {
      ...each(JOB, 'startBuild', 'startBuildBatch', 'retryBuildBatch'),
      ...each(CALL, 'stopBuild', 'batchDeleteBuilds', 'batchGetReports', 'stopBuildBatch', 'deleteBuildBatch'),
      ...each(CALL, 'batchGetBuildBatches'),
    },
    databrew: each(JOB, 'startJobRun'),
    dynamodb: each(CALL, 'getItem', 'putItem', 'updateItem', 'deleteItem'),
    ecs: each(ALL, 'runTask'),
    eks: {
      ...each(JOB, 'createCluster', 'createFargateProfile', 'createNodegroup', 'deleteCluster', 'deleteFargateProfile'),
      ...each(JOB, 'deleteNodegroup', 'runJob'),
      ...each(CALL, 'call'),
    },
    elasticmapreduce: {
      ...each(JOB, 'createCluster', 'terminateCluster', 'addStep'),
      ...each(CALL, 'setClusterTerminationProtection', 'cancelStep', 'modifyInstanceFleetByName'),
      ...each(CALL, 'modifyInstanceGroupByName'),
    },
    'emr-containers': {
      ...each(JOB, 'createVirtualCluster', 'deleteVirtualCluster', 'startJobRun'),
      ...each(CALL, 'cancelJobRun', 'createJobTemplate'),
    },
    'emr-serverless': {
      ...each(JOB, 'createApplication', 'startApplication', 'stopApplication', 'deleteApplication', 'startJobRun'),
      ...each(JOB, 'cancelJobRun'),
    },
    events: each(TOKEN, 'putEvents'),
    glue: each(JOB, 'startJobRun'),
    http: each(TOKEN, 'invoke'),
    lambda: each(TOKEN, 'invoke'),
    mediaconvert: each(JOB, 'createJob'),
    sagemaker: {
      ...each(CALL, 'createEndpoint', 'createEndpointConfig', 'createModel', 'updateEndpoint'),
      ...each(JOB, 'createHyperParameterTuningJob', 'createLabelingJob', 'createProcessingJob', 'createTrainingJob'),
      ...each(JOB, 'createTransformJob'),
    },
    sns: each(TOKEN, 'publish'),
    sqs: each(TOKEN, 'sendMessage'),
    states: { startExecution: ['request', 'sync', 'sync:2', 'waitForTaskToken'] },
  }),
);

interface Parameters {
  /** Without these a definition is refused. */
  readonly required?: readonly string[];
  /** What it may have beside; undefined where that is not known here. */
  readonly others?: readonly string[];
}

const WRITE_OTHERS = [
  'ConditionExpression',
  'ConditionalOperator',
  'Expected',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
];

export const PARAMETERS: ReadonlyMap<string, Parameters> = new Map(
  Object.entries({
    'apigateway:invoke': {
      required: ['ApiEndpoint', 'Method'],
      others: ['AllowNullValues', 'AuthType', 'Headers', 'Path', 'QueryParameters', 'RequestBody', 'Stage'],
    },
    'dynamodb:deleteItem': { required: ['TableName', 'Key'], others: WRITE_OTHERS },
    'dynamodb:getItem': {
      required: ['TableName', 'Key'],
      others: [
        'AttributesToGet',
        'ConsistentRead',
        'ExpressionAttributeNames',
        'ProjectionExpression',
        'ReturnConsumedCapacity',
      ],
    },
    'dynamodb:putItem': { required: ['TableName', 'Item'], others: WRITE_OTHERS },
    'dynamodb:updateItem': {
      required: ['TableName', 'Key'],
      others: [...WRITE_OTHERS, 'AttributeUpdates', 'UpdateExpression'],
    },
    'ecs:runTask': { required: ['TaskDefinition'] },
    'events:putEvents': { required: ['Entries'], others: ['EndpointId'] },
    'http:invoke': {
      required: ['ApiEndpoint', 'Method'],
      others: ['Authentication', 'Headers', 'InvocationConfig', 'QueryParameters', 'RequestBody', 'Transform'],
    },
    'glue:startJobRun': { required: ['JobName'] },
    'lambda:invoke': {
      required: ['FunctionName'],
      others: ['ClientContext', 'InvocationType', 'LogType', 'Payload', 'Qualifier'],
    },
    'sns:publish': {
      required: ['Message'],
      others: [
        'MessageAttributes',
        'MessageDeduplicationId',
        'MessageGroupId',
        'MessageStructure',
        'PhoneNumber',
        'Subject',
        'TargetArn',
        'TopicArn',
      ],
    },
    'sqs:sendMessage': {
      required: ['QueueUrl', 'MessageBody'],
      others: [
        'DelaySeconds',
        'MessageAttributes',
        'MessageDeduplicationId',
        'MessageGroupId',
        'MessageSystemAttributes',
      ],
    },
    'states:startExecution': { required: ['StateMachineArn'], others: ['Input', 'Name', 'TraceHeader'] },
  }),
);
