/** What the role of a state machine needs for its own Distributed Map. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type Cloud, startCloud } from '../../../lib/local/cloud';
import { createWorkspace, role, type Workspace } from './assembly';

const ARN = 'arn:aws:states:us-east-1:000000000000';
const may = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });

let workspace: Workspace;
let cloud: Cloud;
let states: SFNClient;

beforeAll(async () => {
  workspace = createWorkspace();
  const named = (RoleName: string, ...statements: object[]) => {
    const made = role('states.amazonaws.com', ...statements) as { Properties: object };
    return { ...made, Properties: { ...made.Properties, RoleName } };
  };
  const Resources = {
    None: named('none', may('states:StartExecution', `${ARN}:stateMachine:another`)),
    Starts: named('starts', may('states:StartExecution', `${ARN}:stateMachine:starts`)),
    Redrives: named(
      'redrives',
      may('states:StartExecution', `${ARN}:stateMachine:redrives`),
      may('states:RedriveExecution', `${ARN}:execution:redrives/each:*`),
    ),
  };
  workspace.write({ Roles: { Resources } });
  cloud = await startCloud({ assembly: workspace.assembly, stateDir: workspace.stateDir, port: 0 });
  states = new SFNClient({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAUSER', secretAccessKey: 'x' },
  });
});

afterAll(async () => {
  states?.destroy();
  await cloud?.stop();
  workspace?.remove();
});

async function ended(executionArn: string | undefined) {
  for (;;) {
    const described = await states.send(new DescribeExecutionCommand({ executionArn }));
    if (described.status !== 'RUNNING') return described;
  }
}

/** Its child fails once. */
async function start(name: string): Promise<string> {
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        Label: 'each',
        Items: [1],
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'P',
          States: {
            P: {
              Type: 'Pass',
              Output: "{% $states.context.Execution.RedriveCount = 0 ? $error('first') : 'done' %}",
              End: true,
            },
          },
        },
        End: true,
      },
    },
  });
  const roleArn = `arn:aws:iam::000000000000:role/${name}`;
  const { stateMachineArn } = await states.send(new CreateStateMachineCommand({ name, roleArn, definition }));
  const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  return executionArn!;
}

test('the children are started as the state machine’s role', async () => {
  expect(await ended(await start('none'))).toMatchObject({
    status: 'FAILED',
    error: 'States.Permissions',
    cause: expect.stringMatching(
      /^User: .*:assumed-role\/none\/.* is not authorized to perform: states:StartExecution on resource: .*:stateMachine:none /,
    ),
  });
});

test('and redriven as that role', async () => {
  const [starts, redrives] = [await start('starts'), await start('redrives')];
  for (const executionArn of [starts, redrives]) {
    expect(await ended(executionArn)).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
    await states.send(new RedriveExecutionCommand({ executionArn }));
  }

  expect(await ended(starts)).toMatchObject({
    error: 'States.Permissions',
    cause: expect.stringMatching(/states:RedriveExecution on resource: .*:execution:starts\/each:/),
  });
  expect(await ended(redrives)).toMatchObject({ status: 'SUCCEEDED', output: '["done"]' });
});
