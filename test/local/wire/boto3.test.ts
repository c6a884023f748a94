import { AwsError } from '../../../lib/local/service';
import { findBoto3, run } from './clients';
import { service, startCloud, type TestCloud } from './services';

const at = new Date('2026-03-01T12:30:45.678Z');
const seen: Record<string, unknown> = {};
const keep = (name: string, answer: unknown) => (input: unknown) => {
  seen[name] = input;
  return answer;
};

const services = [
  service('states', {
    StartExecution: keep('StartExecution', { executionArn: 'arn:e', startDate: at }),
    DescribeExecution: () => {
      throw new AwsError('ExecutionDoesNotExist', 'none');
    },
  }),
  service('lambda', { Invoke: keep('Invoke', { StatusCode: 200, Payload: Buffer.from('"ü"') }) }),
  service('rds-data', {
    ExecuteStatement: keep('ExecuteStatement', { records: [[{ longValue: 1 }, { blobValue: Buffer.from([255]) }]] }),
  }),
  service('sns', {
    Publish: keep('Publish', { MessageId: 'm' }),
    CreateTopic: () => {
      throw new AwsError('NotFoundException', 'gone', 404);
    },
  }),
  service('sqs', {
    SendMessage: keep('SendMessage', { MessageId: 'm', MD5OfMessageBody: '92eb5ffee6ae2fec3ad71c777531578f' }),
    GetQueueUrl: () => {
      throw new AwsError('QueueDoesNotExist', 'none');
    },
  }),
  service('monitoring', {
    PutMetricData: keep('PutMetricData', {}),
    GetMetricData: keep('GetMetricData', { MetricDataResults: [{ Id: 'm', Timestamps: [at], Values: [1.5] }] }),
    DescribeAlarms: () => {
      throw new AwsError('InvalidNextToken', 'bad token');
    },
  }),
  service('sts', { GetCallerIdentity: () => ({ Account: '000000000000', Arn: 'arn:me', UserId: 'me' }) }),
  service('secretsmanager', { GetSecretValue: keep('GetSecretValue', { SecretString: 's', CreatedDate: at }) }),
  service('scheduler', { GetSchedule: (input) => ({ Name: input.Name, CreationDate: at }) }),
];

const PROGRAM = `
import boto3, json, datetime
at = datetime.datetime(2026, 3, 1, 12, 30, 45, 678000, datetime.timezone.utc)
out = {}
def code(call):
    try:
        call()
    except Exception as error:
        return [error.response['Error']['Code'], error.response['Error']['Message']]
sfn = boto3.client('stepfunctions')
out['started'] = sfn.start_execution(stateMachineArn='arn:m', input='{"ü":1}')['startDate'] == at
out['sfn error'] = code(lambda: sfn.describe_execution(executionArn='x'))
out['invoked'] = boto3.client('lambda').invoke(FunctionName='f', Payload=b'{"a":1}')['Payload'].read().decode()
row = boto3.client('rds-data').execute_statement(resourceArn='arn:resource', secretArn='arn:secret00', sql='x', parameters=[{'name': 'p', 'value': {'isNull': True}}])['records'][0]
out['row'] = [row[0]['longValue'], list(row[1]['blobValue'])]
sns = boto3.client('sns')
out['published'] = sns.publish(TopicArn='t', Message='a & b', MessageAttributes={'k': {'DataType': 'String', 'StringValue': 'v'}})['MessageId']
out['sns error'] = code(lambda: sns.create_topic(Name='n'))
sqs = boto3.client('sqs')
out['sent'] = sqs.send_message(QueueUrl='http://x/q', MessageBody='b')['MessageId']
out['sqs error'] = code(lambda: sqs.get_queue_url(QueueName='q'))
cloudwatch = boto3.client('cloudwatch')
cloudwatch.put_metric_data(Namespace='n', MetricData=[{'MetricName': 'm%d' % i, 'Value': i + 0.5, 'Timestamp': at, 'Dimensions': [{'Name': 'd', 'Value': 'v'}]} for i in range(400)])
data = cloudwatch.get_metric_data(StartTime=at, EndTime=at, MetricDataQueries=[])['MetricDataResults'][0]
out['data'] = [data['Values'], data['Timestamps'][0] == at]
out['cloudwatch error'] = code(lambda: cloudwatch.describe_alarms())
out['account'] = boto3.client('sts').get_caller_identity()['Account']
out['secret'] = boto3.client('secretsmanager').get_secret_value(SecretId='s')['SecretString']
out['schedule'] = boto3.client('scheduler').get_schedule(Name='n')['CreationDate'] == at
print(json.dumps(out))
`;

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud(services);
});
afterAll(() => cloud.stop());

test('boto3 works with every protocol that it speaks', async () => {
  if (!findBoto3()) return;

  const out = JSON.parse(await run(cloud.endpoint, 'python3', '-c', PROGRAM));

  expect(out).toEqual({
    started: true,
    'sfn error': ['ExecutionDoesNotExist', 'none'],
    invoked: '"ü"',
    row: [1, [255]],
    published: 'm',
    'sns error': ['NotFound', 'gone'],
    sent: 'm',
    'sqs error': ['AWS.SimpleQueueService.NonExistentQueue', 'none'],
    data: [[1.5], true],
    'cloudwatch error': ['InvalidNextToken', 'bad token'],
    account: '000000000000',
    secret: 's',
    schedule: true,
  });
  expect(seen.StartExecution).toMatchObject({ stateMachineArn: 'arn:m', input: '{"ü":1}' });
  expect(seen.Publish).toMatchObject({
    Message: 'a & b',
    MessageAttributes: { k: { DataType: 'String', StringValue: 'v' } },
  });
  expect(seen.PutMetricData).toMatchObject({ Namespace: 'n' });
  const [, second] = (seen.PutMetricData as { MetricData: unknown[] }).MetricData;
  // botocore sends whole seconds.
  const whole = new Date('2026-03-01T12:30:45Z');
  expect(second).toEqual({ MetricName: 'm1', Value: 1.5, Timestamp: whole, Dimensions: [{ Name: 'd', Value: 'v' }] });
  expect(seen.GetMetricData).toMatchObject({ StartTime: whole });
});
