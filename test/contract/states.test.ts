/** The Step Functions API as AWS documents it. */
import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  DeleteActivityCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import type { StateMachine, States } from '../../lib/asl/types';
import { connect, isRemote, type StatesContract } from './states-client';

let sfn: StatesContract;
beforeAll(async () => {
  sfn = await connect();
});
afterAll(() => sfn.close());

const machine = (states: States): StateMachine => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0]!,
  States: states,
});
const pass = machine({ P: { Type: 'Pass', End: true } });
const long = machine({ W: { Type: 'Wait', Seconds: 3600, End: true } });
/** Waits for an execution of the child, and answers with what that does. */
const waitingFor = (child: string): StateMachine =>
  machine({
    T: {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Arguments: { StateMachineArn: child },
      Output: '{% $states.result.Output %}',
      End: true,
    },
  });
/** Waits for a token that the history shows. */
const asks = machine({
  Ask: {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.waitForTaskToken',
    Arguments: { StateMachineArn: '{% $states.input.child %}', Input: { token: '{% $states.context.Task.Token %}' } },
    End: true,
  },
});
const refused = (name: string, message?: string | RegExp) =>
  expect.objectContaining({ name, ...(message === undefined ? {} : { message: expect.stringMatching(message) }) });

async function ask(): Promise<{ executionArn: string; token: string }> {
  const child = await sfn.create(pass);
  const executionArn = await sfn.start(await sfn.create(asks), { child });
  const events = await sfn.until(executionArn, (all) => all.some(({ type }) => type === 'TaskSubmitted'));
  const scheduled = events.find(({ type }) => type === 'TaskScheduled');
  const { Input } = JSON.parse(scheduled!.taskScheduledEventDetails!.parameters!) as { Input: { token: string } };
  return { executionArn, token: Input.token };
}

describe('state machines', () => {
  test('one is described as it was created, and creating it again changes nothing', async () => {
    const stateMachineArn = await sfn.create(pass, `same-${Date.now()}`);
    const name = stateMachineArn.split(':').at(-1)!;

    const described = await sfn.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const again = await sfn.client.send(
      new CreateStateMachineCommand({ name, roleArn: sfn.roleArn, definition: JSON.stringify(pass) }),
    );

    expect(described).toMatchObject({
      stateMachineArn,
      name,
      status: 'ACTIVE',
      type: 'STANDARD',
      roleArn: sfn.roleArn,
      definition: JSON.stringify(pass),
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      creationDate: again.creationDate,
    });
    await expect(
      sfn.client.send(new CreateStateMachineCommand({ name, roleArn: sfn.roleArn, definition: JSON.stringify(long) })),
    ).rejects.toEqual(refused('StateMachineAlreadyExists', `State Machine Already Exists: '${stateMachineArn}'`));
  });

  test('an update holds for later executions; those that run keep their definition', async () => {
    const stateMachineArn = await sfn.create(long);
    const before = await sfn.start(stateMachineArn);

    await sfn.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(pass) }));
    const after = await sfn.start(stateMachineArn);

    expect(await sfn.ended(after)).toMatchObject({ status: 'SUCCEEDED' });
    const kept = await sfn.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: before }));
    expect(JSON.parse(kept.definition!)).toEqual(long);
    await sfn.client.send(new StopExecutionCommand({ executionArn: before }));
    await expect(sfn.client.send(new UpdateStateMachineCommand({ stateMachineArn }))).rejects.toEqual(
      refused('MissingRequiredParameter'),
    );
  });

  test('a definition that is wrong is refused with every reason', async () => {
    const definition = JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', ResultPath: '$.a', Next: 'Gone' },
        B: { Type: 'Task', End: true },
        C: { Type: 'Pass', Output: '{% a[1,2) %}', End: true },
      },
    });

    const create = new CreateStateMachineCommand({ name: 'wrong', roleArn: sfn.roleArn, definition });
    const { result, diagnostics } = await sfn.client.send(new ValidateStateMachineDefinitionCommand({ definition }));

    expect(result).toBe('FAIL');
    expect(diagnostics!.map(({ code, location }) => `${code} ${location}`)).toEqual(
      expect.arrayContaining([
        'SCHEMA_VALIDATION_FAILED /States/A',
        'MISSING_TRANSITION_TARGET /States/A/Next',
        'SCHEMA_VALIDATION_FAILED /States/B',
      ]),
    );
    await expect(sfn.client.send(create)).rejects.toEqual(
      refused('InvalidDefinition', /^Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: .* at \/States\/A/),
    );
    await expect(
      sfn.client.send(new CreateStateMachineCommand({ name: 'a b', roleArn: sfn.roleArn, definition: '{}' })),
    ).rejects.toEqual(refused('InvalidName', "Invalid Name: 'a b'"));
    await expect(
      sfn.client.send(new CreateStateMachineCommand({ name: 'none', roleArn: sfn.roleArn, definition: '{' })),
    ).rejects.toEqual(refused('InvalidDefinition', 'INVALID_JSON_DESCRIPTION'));
  });

  test('what does not exist is named in the error', async () => {
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:gone';
    const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:gone:gone';

    await expect(sfn.start(stateMachineArn)).rejects.toEqual(
      refused('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`),
    );
    await expect(sfn.client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toEqual(
      refused('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`),
    );
    await expect(sfn.start('nonsense')).rejects.toEqual(
      refused('InvalidArn', "Invalid Arn: 'Invalid ARN prefix: nonsense'"),
    );
  });

  test('tags and lists', async () => {
    const resourceArn = await sfn.create(pass);

    await sfn.client.send(
      new TagResourceCommand({
        resourceArn,
        tags: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2' },
        ],
      }),
    );
    await sfn.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));

    const { tags } = await sfn.client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ key: 'b', value: '2' }]);
    const { stateMachines } = await sfn.client.send(new ListStateMachinesCommand({ maxResults: 1000 }));
    expect(stateMachines!.map((one) => one.stateMachineArn)).toContain(resourceArn);
  });
});

describe('executions', () => {
  test('one is described with its input, output, dates and whether it can be redriven', async () => {
    const stateMachineArn = await sfn.create(pass);
    const executionArn = await sfn.start(stateMachineArn, { a: 1 }, 'mine');

    const described = await sfn.ended(executionArn);

    expect(described).toMatchObject({
      executionArn: `${stateMachineArn.replace('stateMachine', 'execution')}:mine`,
      stateMachineArn,
      name: 'mine',
      status: 'SUCCEEDED',
      input: '{"a":1}',
      inputDetails: { included: true },
      output: '{"a":1}',
      outputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
    expect(described.stopDate!.getTime()).toBeGreaterThanOrEqual(described.startDate!.getTime());
  });

  test('the history has every event, in pages from either end, with or without data', async () => {
    const executionArn = await sfn.start(await sfn.create(pass), { a: 1 });
    await sfn.ended(executionArn);

    const events = await sfn.history(executionArn);
    const reversed = await sfn.client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 3 }),
    );
    const rest = await sfn.client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        reverseOrder: true,
        maxResults: 3,
        nextToken: reversed.nextToken,
      }),
    );
    const bare = await sfn.client.send(new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false }));

    expect(events.map(({ timestamp: _, ...event }) => event)).toEqual([
      {
        id: 1,
        previousEventId: 0,
        type: 'ExecutionStarted',
        executionStartedEventDetails: { input: '{"a":1}', inputDetails: { truncated: false }, roleArn: sfn.roleArn },
      },
      {
        id: 2,
        previousEventId: 0,
        type: 'PassStateEntered',
        stateEnteredEventDetails: { name: 'P', input: '{"a":1}', inputDetails: { truncated: false } },
      },
      {
        id: 3,
        previousEventId: 2,
        type: 'PassStateExited',
        stateExitedEventDetails: { name: 'P', output: '{"a":1}', outputDetails: { truncated: false } },
      },
      {
        id: 4,
        previousEventId: 3,
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: '{"a":1}', outputDetails: { truncated: false } },
      },
    ]);
    expect([...reversed.events!, ...rest.events!].map(({ id }) => id)).toEqual([4, 3, 2, 1]);
    expect(rest.nextToken).toBeUndefined();
    expect(bare.events![1]!.stateEnteredEventDetails).toEqual({ name: 'P' });
  });

  test('the same name and input start once while it runs; any other use of the name is refused', async () => {
    const stateMachineArn = await sfn.create(long);
    const [first, second] = await Promise.all([
      sfn.start(stateMachineArn, { a: 1 }, 'once'),
      sfn.start(stateMachineArn, { a: 1 }, 'once'),
    ]);

    expect(second).toBe(first);
    await expect(sfn.start(stateMachineArn, { a: 2 }, 'once')).rejects.toEqual(
      refused('ExecutionAlreadyExists', `Execution Already Exists: '${first}'`),
    );
    await sfn.client.send(new StopExecutionCommand({ executionArn: first }));
    await expect(sfn.start(stateMachineArn, { a: 1 }, 'once')).rejects.toEqual(refused('ExecutionAlreadyExists'));
    const { executions } = await sfn.client.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toHaveLength(1);
  });

  test('input that is no JSON is refused', async () => {
    const stateMachineArn = await sfn.create(pass);

    await expect(sfn.client.send(new StartExecutionCommand({ stateMachineArn, input: '{' }))).rejects.toEqual(
      refused('InvalidExecutionInput', "^Invalid State Machine Execution Input: '"),
    );
  });

  test('a stopped execution is aborted with the error and cause that were given', async () => {
    const executionArn = await sfn.start(await sfn.create(long));

    await sfn.client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'because' }));

    expect(await sfn.ended(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'because',
      redriveStatus: 'REDRIVABLE',
    });
    expect((await sfn.history(executionArn)).at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Enough', cause: 'because' },
    });
  });

  test('lists are paged, latest first, and filtered by status', async () => {
    const stateMachineArn = await sfn.create(
      machine({
        C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.ok %}', Next: 'S' }], Default: 'F' },
        S: { Type: 'Succeed' },
        F: { Type: 'Fail', Error: 'No' },
      }),
    );
    for (const name of ['a', 'b', 'c']) {
      await sfn.ended(await sfn.start(stateMachineArn, { ok: name !== 'b' }, name));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const list = (more: object) => sfn.client.send(new ListExecutionsCommand({ stateMachineArn, ...more }));
    const names = (page: { executions?: { name?: string }[] }) => page.executions!.map(({ name }) => name);

    const first = await list({ maxResults: 2 });
    const second = await list({ maxResults: 2, nextToken: first.nextToken });

    expect(names(first)).toEqual(['c', 'b']);
    expect(names(second)).toEqual(['a']);
    expect(second.nextToken).toBeUndefined();
    expect(names(await list({ statusFilter: 'FAILED' }))).toEqual(['b']);
    // AWS: only of a Map Run.
    await expect(list({ redriveFilter: 'REDRIVEN' })).rejects.toEqual(refused('ValidationException'));
    await expect(list({ statusFilter: 'PENDING_REDRIVE' })).rejects.toEqual(refused('ValidationException'));
  });

  test('a failed execution is redriven, one that runs or has succeeded is not', async () => {
    const stateMachineArn = await sfn.create(machine({ F: { Type: 'Fail', Error: 'No' } }));
    const executionArn = await sfn.start(stateMachineArn);
    await sfn.ended(executionArn);

    await sfn.client.send(new RedriveExecutionCommand({ executionArn }));

    await sfn.until(executionArn, (events) => events.filter(({ type }) => type === 'ExecutionFailed').length === 2);
    expect(await sfn.ended(executionArn)).toMatchObject({
      status: 'FAILED',
      redriveCount: 1,
      redriveDate: expect.any(Date),
    });
    const running = await sfn.start(await sfn.create(long));
    await expect(sfn.client.send(new RedriveExecutionCommand({ executionArn: running }))).rejects.toEqual(
      refused('ExecutionNotRedrivable', 'Execution is RUNNING and cannot be redriven'),
    );
    await sfn.client.send(new StopExecutionCommand({ executionArn: running }));
  });
});

describe('task tokens', () => {
  test('success ends the task with its output, once', async () => {
    const { executionArn, token } = await ask();

    await sfn.client.send(new SendTaskHeartbeatCommand({ taskToken: token }));
    await sfn.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"done":true}' }));

    expect(await sfn.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"done":true}' });
    await expect(sfn.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '1' }))).rejects.toEqual(
      refused('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'"),
    );
  });

  test('failure fails the task', async () => {
    const { executionArn, token } = await ask();

    await sfn.client.send(new SendTaskFailureCommand({ taskToken: token, error: 'Refused', cause: 'no' }));

    expect(await sfn.ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'no' });
  });

  test('what is no token, and what is no JSON, is refused', async () => {
    await expect(sfn.client.send(new SendTaskSuccessCommand({ taskToken: 'x', output: '1' }))).rejects.toEqual(
      refused('InvalidToken', "Invalid Token: 'Invalid token'"),
    );
    const { executionArn, token } = await ask();
    await expect(sfn.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{' }))).rejects.toEqual(
      refused('InvalidOutput'),
    );
    await sfn.client.send(new StopExecutionCommand({ executionArn }));
  });
});

describe('nested executions', () => {
  test('.sync:2 waits for the child and gives its output; a child that fails fails the task', async () => {
    const child = await sfn.create(
      machine({
        C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.ok %}', Next: 'S' }], Default: 'F' },
        S: { Type: 'Pass', Output: { got: '{% $states.input %}' }, End: true },
        F: { Type: 'Fail', Error: 'No' },
      }),
    );
    const parent = await sfn.create(
      machine({
        T: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          Arguments: { StateMachineArn: child, Input: '{% $states.input %}' },
          Output: '{% $states.result.Output %}',
          End: true,
        },
      }),
    );

    const good = await sfn.ended(await sfn.start(parent, { ok: true }));
    const bad = await sfn.ended(await sfn.start(parent, { ok: false }));

    expect(good).toMatchObject({ status: 'SUCCEEDED', output: '{"got":{"ok":true}}' });
    expect(bad).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(bad.cause!)).toMatchObject({ Status: 'FAILED', Error: 'No', StateMachineArn: child });
  });

  test('who is stopped while it waits for another execution stops that', async () => {
    const child = await sfn.create(long);
    const parent = await sfn.create(waitingFor(child));
    const executionArn = await sfn.start(parent);
    await sfn.until(executionArn, (events) => events.some(({ type }) => type === 'TaskSubmitted'));

    await sfn.client.send(new StopExecutionCommand({ executionArn }));

    const { executions = [] } = await sfn.client.send(new ListExecutionsCommand({ stateMachineArn: child }));
    expect(await sfn.ended(executions[0]!.executionArn!)).toMatchObject({ status: 'ABORTED' });
  });

  test('an AWS SDK integration answers in PascalCase, and its errors are named by the service', async () => {
    const child = await sfn.create(pass);
    const parent = await sfn.create(
      machine({
        T: {
          Type: 'Task',
          Resource: 'arn:aws:states:::aws-sdk:sfn:startExecution',
          Arguments: { StateMachineArn: '{% $states.input.child %}', Input: {} },
          End: true,
        },
      }),
    );

    const good = await sfn.ended(await sfn.start(parent, { child }));
    const bad = await sfn.ended(await sfn.start(parent, { child: `${child}gone` }));

    expect(JSON.parse(good.output!)).toEqual({
      ExecutionArn: expect.stringContaining(':execution:'),
      StartDate: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(bad).toMatchObject({ error: 'Sfn.StateMachineDoesNotExistException' });
    expect(bad.cause).toMatch(
      /^State Machine Does Not Exist: '.*' \(Service: Sfn, Status Code: 400, Request ID: .*\)$/,
    );
  });
});

(isRemote ? describe.skip : describe)('across a restart', () => {
  test('a waiting task keeps its token, and closed executions are still there', async () => {
    const closed = await sfn.start(await sfn.create(pass), { a: 1 });
    await sfn.ended(closed);
    const { executionArn, token } = await ask();

    await sfn.restart();
    await sfn.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '"after"' }));

    expect(await sfn.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '"after"' });
    expect(await sfn.ended(closed)).toMatchObject({ status: 'SUCCEEDED', input: '{"a":1}', output: '{"a":1}' });
    expect((await sfn.history(closed)).map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  test('an activity keeps its tasks: the one that a worker has, and the one that nobody has', async () => {
    const { activityArn } = await sfn.client.send(new CreateActivityCommand({ name: `kept-${process.pid}` }));
    const stateMachineArn = await sfn.create(machine({ A: { Type: 'Task', Resource: activityArn!, End: true } }));
    const first = await sfn.start(stateMachineArn, 1);
    const { taskToken } = await sfn.client.send(new GetActivityTaskCommand({ activityArn }));
    const second = await sfn.start(stateMachineArn, 2);
    await sfn.until(second, (events) => events.some(({ type }) => type === 'ActivityScheduled'));

    await sfn.restart();
    await sfn.client.send(new SendTaskSuccessCommand({ taskToken, output: '"one"' }));
    const other = await sfn.client.send(new GetActivityTaskCommand({ activityArn }));
    await sfn.client.send(new SendTaskSuccessCommand({ taskToken: other.taskToken, output: '"two"' }));

    expect(other.input).toBe('2');
    expect(await sfn.ended(first)).toMatchObject({ status: 'SUCCEEDED', output: '"one"' });
    expect(await sfn.ended(second)).toMatchObject({ status: 'SUCCEEDED', output: '"two"' });
    const started = (await sfn.history(first)).filter(({ type }) => type === 'ActivityStarted');
    expect(started).toHaveLength(1);
    await sfn.client.send(new DeleteActivityCommand({ activityArn }));
  });

  test('a parent goes on to wait for its child', async () => {
    const child = await sfn.create(machine({ W: { Type: 'Wait', Seconds: 1, Output: 'waited', End: true } }));
    const parent = await sfn.create(waitingFor(child));
    const executionArn = await sfn.start(parent);
    await sfn.until(executionArn, (events) => events.some(({ type }) => type === 'TaskSubmitted'));

    await sfn.restart();

    expect(await sfn.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '"waited"' });
    const { executions } = await sfn.client.send(new ListExecutionsCommand({ stateMachineArn: child }));
    expect(executions).toHaveLength(1);
  });
});
