/** What ValidateStateMachineDefinition says of a definition; on AWS with `REMOTE=1` and `STATES_ROLE_ARN`, any role of Step Functions. */
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  SFNClient,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { createStatesService } from '../../../lib/local/services/states';
import { type Aws, connect } from '../aws';

let aws: Aws;
let client: SFNClient;

beforeAll(async () => {
  aws = await connect(() => [createStatesService()]);
  client = new SFNClient(aws.config);
});

afterAll(async () => {
  client.destroy();
  await aws.close();
});

interface Options {
  readonly type?: 'STANDARD' | 'EXPRESS';
  readonly severity?: 'ERROR' | 'WARNING';
  readonly maxResults?: number;
}

async function validate(definition: unknown, options: Options = {}) {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  const command = new ValidateStateMachineDefinitionCommand({ definition: text, ...options });
  const { result, diagnostics, truncated } = await client.send(command);
  return { result, diagnostics, truncated };
}

const machine = (...states: object[]) => ({
  StartAt: 'S0',
  States: Object.fromEntries(states.map((state, index) => [`S${index}`, state])),
});
const pass = { Type: 'Pass', End: true };

test('a sound definition has no diagnostics', async () => {
  expect(await validate(machine(pass))).toEqual({ result: 'OK', diagnostics: [], truncated: false });
});

test('an error has severity, code, message and location', async () => {
  expect(await validate(machine({ ...pass, Foo: 1 }))).toEqual({
    result: 'FAIL',
    diagnostics: [
      {
        severity: 'ERROR',
        code: 'SCHEMA_VALIDATION_FAILED',
        message: "Field 'Foo' is not supported",
        location: '/States/S0',
      },
    ],
    truncated: false,
  });
});

test('what is about the whole definition has no location', async () => {
  const { diagnostics } = await validate(machine({ Type: 'Pass', Next: 'S0' }));

  expect(diagnostics).toEqual([
    { severity: 'ERROR', code: 'MISSING_END_STATE', message: 'Workflow has no terminal state' },
  ]);
});

test('text that is not JSON', async () => {
  const { result, diagnostics } = await validate('{"StartAt": }');

  expect(result).toBe('FAIL');
  expect(diagnostics).toEqual([{ severity: 'ERROR', code: 'INVALID_JSON_DESCRIPTION', message: expect.any(String) }]);
});

test.each(['null', '[]', '"x"', '5', 'true'])('%s is no definition', async (text) => {
  expect(await validate(text)).toMatchObject({ result: 'FAIL', truncated: false });
});

test('no more than asked for are told', async () => {
  const definition = machine({ ...pass, A: 1, B: 2, C: 3 });

  expect(await validate(definition, { maxResults: 2 })).toMatchObject({
    result: 'FAIL',
    diagnostics: [{ message: "Field 'A' is not supported" }, { message: "Field 'B' is not supported" }],
    truncated: true,
  });
  expect(await validate(definition, { maxResults: 3 })).toMatchObject({ truncated: false });
});

test('a hundred are told unless fewer are asked for, 0 being none asked for', async () => {
  const fields = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`Field${index}`, 1]));

  const { diagnostics, truncated } = await validate(machine({ ...pass, ...fields }), { maxResults: 0 });

  expect(diagnostics).toHaveLength(100);
  expect(truncated).toBe(true);
});

test('the type of the state machine counts', async () => {
  const definition = machine({
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: { StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m' },
    End: true,
  });

  expect(await validate(definition)).toMatchObject({ result: 'OK' });
  expect(await validate(definition, { type: 'EXPRESS' })).toMatchObject({
    result: 'FAIL',
    diagnostics: [{ message: "Express state machine does not support '.sync' service integration" }],
  });
});

test.each([
  [{ ...pass, Parameters: { a: '$.b' } }, 'NO_DOLLAR', '/States/S0/Parameters/a'],
  [{ ...pass, Parameters: { a: { b: "States.Format('{}', $.b)" } } }, 'NO_DOLLAR', '/States/S0/Parameters/a/b'],
  [{ Type: 'Fail', Error: '$.error' }, 'NO_PATH', '/States/S0/Error'],
  [{ ...pass, Result: '$.a' }, 'PASS_RESULT_IS_STATIC', '/States/S0/Result'],
  [{ ...pass, Result: { 'a.$': '$.a' } }, 'PASS_RESULT_IS_STATIC', '/States/S0/Result/a.$'],
])('%j is allowed, and warned of where warnings are asked for', async (state, code, location) => {
  expect(await validate(machine(state))).toEqual({ result: 'OK', diagnostics: [], truncated: false });
  expect(await validate(machine(state), { severity: 'WARNING' })).toEqual({
    result: 'OK',
    diagnostics: [{ severity: 'WARNING', code, message: expect.any(String), location }],
    truncated: false,
  });
});

test.each([
  [{ maxResults: 101 }, "Value '101' at 'maxResults' failed to satisfy constraint"],
  [{ maxResults: -1 }, "Value '-1' at 'maxResults' failed to satisfy constraint"],
  [{ severity: 'INFO' as 'ERROR' }, "Value 'INFO' at 'severity' failed to satisfy constraint"],
  [{ type: 'FAST' as 'EXPRESS' }, "Value 'FAST' at 'type' failed to satisfy constraint"],
])('%j is refused', async (options, message) => {
  await expect(validate(machine(pass), options)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(message),
  });
});

test('a definition of more than 1 MB is refused', async () => {
  await expect(validate(machine({ ...pass, Comment: 'x'.repeat(1_048_576) }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('Member must have length less than or equal to 1048576'),
  });
});

test('UpdateStateMachine refuses what CreateStateMachine does, and changes nothing', async () => {
  const definition = JSON.stringify(machine(pass));
  const roleArn = process.env.STATES_ROLE_ARN ?? 'arn:aws:iam::000000000000:role/states';
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({ name: aws.name('contract'), definition, roleArn }),
  );

  const bad = JSON.stringify(machine({ ...pass, Foo: 1 }));
  await expect(client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: bad }))).rejects.toMatchObject({
    name: 'InvalidDefinition',
    message: "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Field 'Foo' is not supported at /States/S0'",
  });

  const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(described.definition).toBe(definition);
  await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
});
