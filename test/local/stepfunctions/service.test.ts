/** What the service tells others, and how it calls them. */
import { AwsError, type Service } from '../../../lib/local/service';
import { createStatesService } from '../../../lib/local/services/states';
import { type Call, type TestCloud, testCloud } from '../cloud';

const ROLE = 'arn:aws:iam::000000000000:role/states';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f';

let cloud: TestCloud;
let states: Service;
/** Answers of the services around Step Functions. */
let answers: (call: Call) => unknown = () => ({});
/** Refused so many times. */
let eventsDown = 0;
const told: { status: string; [member: string]: unknown }[] = [];

beforeEach(async () => {
  told.length = 0;
  eventsDown = 0;
  answers = () => ({});
  cloud = await testCloud({
    services: () => {
      states = createStatesService();
      return [states];
    },
    other: (call) => {
      if (call.operation === 'PutMetricData') return {};
      if (call.operation !== 'PutEvents') return answers(call);
      if (eventsDown-- > 0) throw new AwsError('InternalFailure', 'down', 500);
      for (const { Detail, ...entry } of call.input.Entries) told.push({ ...entry, ...JSON.parse(Detail) });
      return { FailedEntryCount: 0 };
    },
  });
});
afterEach(() => cloud.stop());

async function execute(states: object, input: unknown = {}) {
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });
  const { stateMachineArn } = await cloud.run('states', 'CreateStateMachine', {
    name: `m${Math.random().toString(36).slice(2)}`,
    roleArn: ROLE,
    definition,
  });
  const start = { stateMachineArn, input: JSON.stringify(input), name: 'x' };
  const { executionArn } = await cloud.run('states', 'StartExecution', start);
  return { stateMachineArn, executionArn, ended: () => ended(executionArn) };
}

async function ended(executionArn: string) {
  for (;;) {
    const described = await cloud.run('states', 'DescribeExecution', { executionArn });
    if (described.status !== 'RUNNING') return described;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const invoke = (more: object = {}) => ({
  T: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: FUNCTION, Payload: '{% $states.input %}' },
    End: true,
    ...more,
  },
});
const answered = (payload: string, more: object = {}) => ({
  StatusCode: 200,
  ExecutedVersion: '$LATEST',
  Payload: Buffer.from(payload),
  ...more,
});

test('an execution that is listed has its input and its first event at once', async () => {
  const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } });
  const { stateMachineArn } = await cloud.run('states', 'CreateStateMachine', { name: 'm', roleArn: ROLE, definition });
  const starting = cloud.run('states', 'StartExecution', { stateMachineArn, input: '{"a":1}', name: 'x' });

  const { executions } = await cloud.run('states', 'ListExecutions', { stateMachineArn });
  expect(executions).toHaveLength(1);
  const [{ executionArn }] = executions;
  const [{ input }, { events }] = await Promise.all([
    cloud.run('states', 'DescribeExecution', { executionArn }),
    cloud.run('states', 'GetExecutionHistory', { executionArn }),
  ]);

  expect([input, events[0]?.type]).toEqual(['{"a":1}', 'ExecutionStarted']);
  await starting;
});

test('an execution that is looked at while it starts and ends is described as ended only with its output', async () => {
  const { stateMachineArn } = await execute({ P: { Type: 'Pass', End: true } });

  for (let n = 0; n < 40; n++) {
    const name = `looked-at-${n}`;
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const started = cloud.run('states', 'StartExecution', { stateMachineArn, input: '{"n":1}', name });
    const looks: Promise<{ status: string; output?: string }>[] = [];
    let over = false;
    void started.then(() => ended(executionArn)).finally(() => (over = true));
    while (!over) {
      looks.push(cloud.run('states', 'DescribeExecution', { executionArn }).catch(() => ({ status: 'unknown' })));
      await new Promise((resolve) => setImmediate(resolve));
    }

    looks.push(cloud.run('states', 'DescribeExecution', { executionArn }));
    for (const look of await Promise.all(looks)) if (look.status === 'SUCCEEDED') expect(look.output).toBe('{"n":1}');
  }
});

describe('status changes', () => {
  test('a start and an end are told to EventBridge, in order, with what AWS documents', async () => {
    const { executionArn, stateMachineArn, ended: wait } = await execute({ P: { Type: 'Pass', End: true } }, { a: 1 });
    const { startDate, stopDate } = await wait();
    await until(() => told.length === 2);

    expect(told[0]).toMatchObject({ status: 'RUNNING', stopDate: null, output: null, redriveStatus: 'NOT_REDRIVABLE' });
    expect(told[1]).toEqual({
      Source: 'aws.states',
      DetailType: 'Step Functions Execution Status Change',
      Resources: [executionArn],
      Time: stopDate,
      executionArn,
      stateMachineArn,
      name: 'x',
      status: 'SUCCEEDED',
      startDate: startDate.getTime(),
      stopDate: stopDate.getTime(),
      input: '{"a":1}',
      output: '{"a":1}',
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
      inputDetails: { included: true },
      outputDetails: { included: true },
      error: null,
      cause: null,
    });
  });

  test('a failure carries error and cause, and a redrive is a start that counts', async () => {
    const { executionArn, ended: wait } = await execute({ F: { Type: 'Fail', Error: 'No', Cause: 'why' } });
    await wait();
    await until(() => told.length === 2);

    await cloud.run('states', 'RedriveExecution', { executionArn });
    await until(() => told.length === 4);

    expect(
      told.map(({ status, redriveCount, error, cause, redriveStatus }) => [
        status,
        redriveCount,
        error,
        cause,
        redriveStatus,
      ]),
    ).toEqual([
      ['RUNNING', 0, null, null, 'NOT_REDRIVABLE'],
      ['FAILED', 0, 'No', 'why', 'REDRIVABLE'],
      ['RUNNING', 1, null, null, 'NOT_REDRIVABLE'],
      ['FAILED', 1, 'No', 'why', 'REDRIVABLE'],
    ]);
  });

  test('it is told again while EventBridge refuses it', async () => {
    eventsDown = 2;

    await execute({ P: { Type: 'Pass', End: true } });
    await until(() => told.length === 2);

    expect(told.map(({ status }) => status)).toEqual(['RUNNING', 'SUCCEEDED']);
  });

  test('what was not heard before a restart is told after it', async () => {
    eventsDown = Number.POSITIVE_INFINITY;
    const { ended: wait } = await execute({ F: { Type: 'Fail', Error: 'No' } });
    await wait();
    await cloud.restart();
    eventsDown = 0;
    await states.ready?.();
    await until(() => told.length > 0);

    expect(told.map(({ status, error }) => [status, error])).toEqual([['FAILED', 'No']]);
  });

  test('metrics count starts and ends by state machine', async () => {
    const { stateMachineArn, ended: wait } = await execute({ F: { Type: 'Fail' } });
    await wait();
    const metrics = () => cloud.calls.filter(({ operation }) => operation === 'PutMetricData');
    await until(() => metrics().length === 2);

    const Dimensions = [{ Name: 'StateMachineArn', Value: stateMachineArn }];
    expect(metrics().map(({ input }) => input)).toEqual([
      { Namespace: 'AWS/States', MetricData: [{ MetricName: 'ExecutionsStarted', Dimensions, Value: 1 }] },
      {
        Namespace: 'AWS/States',
        MetricData: [
          { MetricName: 'ExecutionsFailed', Dimensions, Value: 1 },
          { MetricName: 'ExecutionTime', Dimensions, Value: expect.any(Number) },
        ],
      },
    ]);
  });
});

describe('a token of a task that goes on after a restart', () => {
  const output = '"late"';
  let token: string;
  let executionArn: string;

  beforeEach(async () => {
    answers = ({ input }) => {
      token = JSON.parse(Buffer.from(input.Payload).toString()).token;
      return answered('{}');
    };
    const asking = {
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: FUNCTION, Payload: { token: '{% $states.context.Task.Token %}' } },
    };
    ({ executionArn } = await execute(invoke(asking)));
    for (;;) {
      const { events } = await cloud.run('states', 'GetExecutionHistory', { executionArn });
      if (events.some(({ type }: { type: string }) => type === 'TaskSubmitted')) break;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });

  test.each([
    ['SendTaskSuccess', { output }, { status: 'SUCCEEDED', output }],
    ['SendTaskFailure', { error: 'No' }, { status: 'FAILED', error: 'No' }],
  ])('%s before it goes on is kept until it does', async (operation, more, end) => {
    await cloud.restartUnready();

    const telling = cloud.run('states', operation, { taskToken: token, ...more });
    await cloud.ready();

    expect(await telling).toEqual({});
    expect(await ended(executionArn)).toMatchObject(end);
  });

  test.each([
    ['it goes on', () => cloud.restart()],
    ['it was to go on', () => cloud.restartUnready()],
  ])(
    'while the cloud stops is refused for the moment, where %s, and still waited for after a restart',
    async (_, start) => {
      await start();
      const telling = () => cloud.run('states', 'SendTaskSuccess', { taskToken: token, output });

      const restarting = cloud.restart();
      await expect(telling()).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
      await restarting;

      expect(await telling()).toEqual({});
      expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output });
      await expect(telling()).rejects.toMatchObject({ code: 'TaskTimedOut' });
    },
  );

  test('that waits for it to go on is refused when the cloud stops before', async () => {
    await cloud.restartUnready();

    const telling = cloud.run('states', 'SendTaskSuccess', { taskToken: token, output });
    const refused = expect(telling).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
    await cloud.restart();

    await refused;
  });
});

describe('lambda:invoke', () => {
  test('the function is called as the role of the state machine, and its answer is the Payload', async () => {
    answers = ({ input }) => answered(Buffer.from(input.Payload).toString());

    const { output } = await (await execute(invoke(), { a: 'ü' })).ended();

    expect(JSON.parse(output)).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: { a: 'ü' },
      SdkHttpMetadata: expect.any(Object),
      SdkResponseMetadata: { RequestId: expect.any(String) },
      StatusCode: 200,
    });
    expect(cloud.calls.find(({ service }) => service === 'lambda')).toMatchObject({
      principal: { kind: 'role', roleArn: ROLE },
      operation: 'Invoke',
      input: { FunctionName: FUNCTION },
    });
  });

  test.each([
    ['an error that the function throws', '{"errorType":"BadRows","errorMessage":"3 rows"}', 'BadRows'],
    [
      'a function that timed out',
      '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}',
      'Sandbox.Timedout',
    ],
    [
      'a function that crashed',
      '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: Runtime exited"}',
      'Runtime.ExitError',
    ],
  ])('%s has its type as name and its text as cause', async (_, payload, error) => {
    answers = () => answered(payload, { FunctionError: 'Unhandled' });

    expect(await (await execute(invoke())).ended()).toMatchObject({ status: 'FAILED', error, cause: payload });
  });

  test('an error without a type is unknown, and the cause has what was returned', async () => {
    answers = () => answered('{"errorMessage":"?"}', { FunctionError: 'Unhandled' });

    expect(await (await execute(invoke())).ended()).toMatchObject({
      error: 'Lambda.Unknown',
      cause:
        'The cause could not be determined because Lambda did not return an error type. Returned payload: {"errorMessage":"?"}',
    });
  });

  test.each([
    ['TooManyRequestsException', 429, 'Lambda.TooManyRequestsException'],
    ['ResourceNotFoundException', 404, 'Lambda.ResourceNotFoundException'],
    ['AccessDeniedException', 403, 'Lambda.AWSLambdaException'],
    ['ServiceException', 500, 'Lambda.ServiceException'],
  ])('%s of the service is named as Step Functions names it', async (code, status, error) => {
    answers = () => {
      throw new AwsError(code, 'because', status);
    };

    expect(await (await execute(invoke())).ended()).toMatchObject({
      error,
      cause: expect.stringMatching(
        `^because \\(Service: AWSLambda; Status Code: ${status}; Error Code: ${code}; Request ID: .*; Proxy: null\\)$`,
      ),
    });
  });

  test("a function's own ARN as resource gives its answer alone, with events of their own", async () => {
    answers = () => answered('{"v":1}');
    const own = { T: { Type: 'Task', Resource: FUNCTION, Arguments: { a: 1 }, End: true } };

    const { executionArn, ended: wait } = await execute(own);

    expect((await wait()).output).toBe('{"v":1}');
    const { events } = await cloud.run('states', 'GetExecutionHistory', { executionArn });
    expect(events.slice(2, 5).map(({ timestamp: _, ...event }: { timestamp: unknown }) => event)).toEqual([
      {
        id: 3,
        previousEventId: 2,
        type: 'LambdaFunctionScheduled',
        lambdaFunctionScheduledEventDetails: {
          input: '{"a":1}',
          inputDetails: { truncated: false },
          resource: FUNCTION,
        },
      },
      { id: 4, previousEventId: 3, type: 'LambdaFunctionStarted' },
      {
        id: 5,
        previousEventId: 4,
        type: 'LambdaFunctionSucceeded',
        lambdaFunctionSucceededEventDetails: { output: '{"v":1}', outputDetails: { truncated: false } },
      },
    ]);
  });
});

test.each([
  ['sns:publish', { TopicArn: 't', Message: { a: 1 } }, 'sns', 'Publish', { TopicArn: 't', Message: '{"a":1}' }],
  [
    'sqs:sendMessage',
    { QueueUrl: 'q', MessageBody: { a: 1 } },
    'sqs',
    'SendMessage',
    { QueueUrl: 'q', MessageBody: '{"a":1}' },
  ],
  [
    'dynamodb:putItem',
    { TableName: 't', Item: { k: { S: 'v' } } },
    'dynamodb',
    'PutItem',
    { TableName: 't', Item: { k: { S: 'v' } } },
  ],
  ['aws-sdk:redshiftdata:describeStatement', { Id: '1' }, 'redshift-data', 'DescribeStatement', { Id: '1' }],
  [
    'aws-sdk:rdsdata:executeStatement',
    { ResourceArn: 'r', SecretArn: 'x', Sql: 's', Parameters: [{ Name: 'n', Value: { LongValue: 1 } }] },
    'rds-data',
    'ExecuteStatement',
    { resourceArn: 'r', secretArn: 'x', sql: 's', parameters: [{ name: 'n', value: { longValue: 1 } }] },
  ],
])('%s calls the service as its API wants it', async (resource, Arguments, service, operation, input) => {
  const { ended: wait } = await execute({
    T: { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments, End: true },
  });

  expect(await wait()).toMatchObject({ status: 'SUCCEEDED' });
  expect(cloud.calls.find((call) => call.service === service)).toMatchObject({ operation, input });
});

// Those that Step Functions was seen to report, and what the names of version 2 of the Java SDK make of the others.
test.each([
  ['dynamodb:getItem', { TableName: 't', Key: { k: { S: 'v' } } }, 'ValidationException', 'DynamoDb.DynamoDbException'],
  ['sqs:getQueueUrl', { QueueName: 'q' }, 'QueueDoesNotExist', 'Sqs.QueueDoesNotExistException'],
  ['sfn:describeExecution', { ExecutionArn: 'x' }, 'InvalidArn', 'Sfn.InvalidArnException'],
  ['lambda:getFunction', { FunctionName: 'f' }, 'AccessDeniedException', 'Lambda.LambdaException'],
  ['lambda:invoke', { FunctionName: 'f' }, 'KMSDisabledException', 'Lambda.KmsDisabledException'],
  ['lambda:invoke', { FunctionName: 'f' }, 'EC2ThrottledException', 'Lambda.Ec2ThrottledException'],
  ['eventbridge:listRules', {}, 'AccessDeniedException', 'EventBridge.AccessDeniedException'],
  [
    'cloudwatchlogs:deleteLogGroup',
    { LogGroupName: 'g' },
    'AccessDeniedException',
    'CloudWatchLogs.AccessDeniedException',
  ],
])('aws-sdk:%s %j: %s is named %s', async (resource, Arguments, code, error) => {
  answers = () => {
    throw new AwsError(code, 'because', 400);
  };
  const { ended: wait } = await execute({
    T: { Type: 'Task', Resource: `arn:aws:states:::aws-sdk:${resource}`, Arguments, End: true },
  });

  expect(await wait()).toMatchObject({ status: 'FAILED', error });
});

describe("a state's Credentials", () => {
  const OTHER = 'arn:aws:iam::000000000000:role/other';
  const withCredentials = { T: { ...invoke().T, Credentials: { RoleArn: OTHER } } };

  test('the call is made as their role, which the role of the state machine assumes', async () => {
    answers = ({ service }) => (service === 'lambda' ? answered('1') : {});

    await (await execute(withCredentials)).ended();

    const calls = cloud.calls.filter(({ service }) => service === 'sts' || service === 'lambda');
    expect(calls.map(({ service, principal }) => [service, principal])).toEqual([
      ['sts', expect.objectContaining({ kind: 'role', roleArn: ROLE })],
      ['lambda', expect.objectContaining({ kind: 'role', roleArn: OTHER })],
    ]);
  });

  test('a role that may not be assumed fails the task', async () => {
    answers = () => {
      throw new AwsError('AccessDenied', 'no', 403);
    };

    expect(await (await execute(withCredentials)).ended()).toMatchObject({
      status: 'FAILED',
      error: 'States.TaskFailed',
      cause: `The role ${ROLE} is not authorized to assume the task state's role, ${OTHER}.`,
    });
  });
});
