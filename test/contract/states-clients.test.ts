/** boto3 and the AWS CLI against the local Step Functions. */
import { findAwsCli, findBoto3, run } from '../local/wire/clients';
import { connect, type StatesContract } from './states-client';

let sfn: StatesContract;
beforeAll(async () => {
  sfn = await connect();
});
afterAll(() => sfn.close());

const PROGRAM = `
import boto3, json, time
sfn = boto3.client('stepfunctions')
role = 'arn:aws:iam::000000000000:role/states'
definition = {'QueryLanguage': 'JSONata', 'StartAt': 'C', 'States': {
  'C': {'Type': 'Choice', 'Choices': [{'Condition': '{% $states.input.ok %}', 'Next': 'M'}], 'Default': 'F'},
  'M': {'Type': 'Map', 'Items': '{% [1..3] %}', 'ItemProcessor': {'StartAt': 'P', 'States': {'P': {'Type': 'Pass', 'Output': '{% $states.input * 2 %}', 'End': True}}}, 'End': True},
  'F': {'Type': 'Fail', 'Error': 'No', 'Cause': 'why'}}}
arn = sfn.create_state_machine(name='boto', roleArn=role, definition=json.dumps(definition))['stateMachineArn']
def end(execution):
    while True:
        found = sfn.describe_execution(executionArn=execution)
        if found['status'] != 'RUNNING': return found
        time.sleep(0.01)
good = end(sfn.start_execution(stateMachineArn=arn, name='good', input='{"ok": true}')['executionArn'])
bad = end(sfn.start_execution(stateMachineArn=arn, name='bad', input='{"ok": false}')['executionArn'])
sfn.redrive_execution(executionArn=bad['executionArn'])
time.sleep(0.05)
again = end(bad['executionArn'])
events = [e['type'] for page in sfn.get_paginator('get_execution_history').paginate(executionArn=good['executionArn'], PaginationConfig={'PageSize': 5}) for e in page['events']]
listed = [e['name'] for page in sfn.get_paginator('list_executions').paginate(stateMachineArn=arn, PaginationConfig={'PageSize': 1}) for e in page['executions']]
try:
    sfn.start_execution(stateMachineArn=arn, name='good', input='{"ok": true}')
except sfn.exceptions.ExecutionAlreadyExists as e:
    refused = e.response['Error']
print(json.dumps({'output': good['output'], 'types': [type(good['startDate']).__name__], 'bad': [bad['status'], bad['error'], bad['cause']],
  'redrives': again['redriveCount'], 'events': sorted(events), 'listed': sorted(listed), 'refused': refused}))
`;

test('boto3 creates, starts, pages, redrives and is refused as by AWS', async () => {
  if (!findBoto3()) return;

  const found = JSON.parse(await run(sfn.endpoint!, 'python3', '-c', PROGRAM));

  expect(found).toEqual({
    output: '[2,4,6]',
    types: ['datetime'],
    bad: ['FAILED', 'No', 'why'],
    redrives: 1,
    events: [
      'ExecutionStarted',
      'ChoiceStateEntered',
      'ChoiceStateExited',
      'MapStateEntered',
      'MapStateStarted',
      ...Array(3).fill('MapIterationStarted'),
      ...Array(3).fill('PassStateEntered'),
      ...Array(3).fill(['PassStateExited', 'MapIterationSucceeded']).flat(),
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ].sort(),
    listed: ['bad', 'good'],
    refused: { Code: 'ExecutionAlreadyExists', Message: expect.stringContaining('Execution Already Exists: ') },
  });
}, 60_000);

test('the AWS CLI starts and describes an execution', async () => {
  if (!findAwsCli()) return;
  const definition = JSON.stringify({ StartAt: 'P', States: { P: { Type: 'Pass', Result: 1, End: true } } });
  const aws = async (...args: string[]) =>
    JSON.parse(await run(sfn.endpoint!, 'aws', 'stepfunctions', ...args, '--output', 'json'));

  const { stateMachineArn } = await aws(
    'create-state-machine',
    '--name',
    'cli',
    '--role-arn',
    sfn.roleArn,
    '--definition',
    definition,
  );
  const { executionArn } = await aws('start-execution', '--state-machine-arn', stateMachineArn, '--name', 'x');
  await sfn.ended(executionArn);
  const described = await aws('describe-execution', '--execution-arn', executionArn);

  expect(described).toMatchObject({ name: 'x', status: 'SUCCEEDED', output: '1' });
}, 60_000);
