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
});

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
});

const EVERYTHING = `
import boto3, json
from botocore.config import Config
sfn = boto3.client('stepfunctions', config=Config(inject_host_prefix=False, retries={'total_max_attempts': 1}))
role = 'arn:aws:iam::000000000000:role/states'
one = lambda state: json.dumps({'StartAt': 'S', 'States': {'S': state}})
def end(execution):
    while True:
        found = sfn.describe_execution(executionArn=execution)
        if found['status'] != 'RUNNING': return found
found = {}
activity = sfn.create_activity(name='everything')['activityArn']
found['activity'] = sfn.describe_activity(activityArn=activity)['name']
found['activities'] = 'everything' in [a['name'] for a in sfn.list_activities()['activities']]
machine = sfn.create_state_machine(name='everything', roleArn=role, publish=True, versionDescription='first',
  definition=one({'Type': 'Task', 'Resource': activity, 'HeartbeatSeconds': 60, 'End': True}))
arn, version = machine['stateMachineArn'], machine['stateMachineVersionArn']
alias = sfn.create_state_machine_alias(name='live', routingConfiguration=[{'stateMachineVersionArn': version, 'weight': 100}])['stateMachineAliasArn']
found['alias'] = sfn.describe_state_machine_alias(stateMachineAliasArn=alias)['routingConfiguration']
run = sfn.start_execution(stateMachineArn=alias, name='a', input='{"a": 1}')['executionArn']
task = sfn.get_activity_task(activityArn=activity, workerName='python')
found['task'] = json.loads(task['input'])
sfn.send_task_heartbeat(taskToken=task['taskToken'])
sfn.send_task_success(taskToken=task['taskToken'], output='{"b": 2}')
ended = end(run)
found['ended'] = [ended['status'], ended['output'], ended['stateMachineVersionArn'] == version, ended['stateMachineAliasArn'] == alias]
found['types'] = [e['type'] for e in sfn.get_execution_history(executionArn=run)['events']]
update = sfn.update_state_machine(stateMachineArn=arn, definition=one({'Type': 'Pass', 'End': True}))
second = sfn.publish_state_machine_version(stateMachineArn=arn, revisionId=update['revisionId'])['stateMachineVersionArn']
sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=[
  {'stateMachineVersionArn': version, 'weight': 0}, {'stateMachineVersionArn': second, 'weight': 100}])
found['aliases'] = len(sfn.list_state_machine_aliases(stateMachineArn=second)['stateMachineAliases'])
found['versions'] = [v['stateMachineVersionArn'][-2:] for v in sfn.list_state_machine_versions(stateMachineArn=arn)['stateMachineVersions']]
try: sfn.delete_state_machine_version(stateMachineVersionArn=version)
except sfn.exceptions.ConflictException as e: found['conflict'] = e.response['Error']['Message']
try: sfn.describe_execution(executionArn=arn)
except sfn.exceptions.InvalidArn as e: found['arn'] = e.response['Error']['Message']
try: sfn.list_executions(stateMachineArn=arn, nextToken='x')
except sfn.exceptions.InvalidToken as e: found['token'] = e.response['Error']['Code']
sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
sfn.delete_state_machine_version(stateMachineVersionArn=version)
sfn.tag_resource(resourceArn=arn, tags=[{'key': 'k', 'value': 'v'}])
found['tags'] = sfn.list_tags_for_resource(resourceArn=arn)['tags']
sfn.untag_resource(resourceArn=arn, tagKeys=['k'])
found['valid'] = sfn.validate_state_machine_definition(definition=one({'Type': 'Succeed'}))['result']
tested = sfn.test_state(definition=json.dumps({'Type': 'Pass', 'Result': 5, 'Next': 'T'}), roleArn=role, inspectionLevel='DEBUG')
found['tested'] = [tested['status'], tested['output'], tested['nextState'], tested['inspectionData']['afterResultSelector']]
express = sfn.create_state_machine(name='express', roleArn=role, type='EXPRESS', definition=one({'Type': 'Pass', 'End': True}))['stateMachineArn']
sync = sfn.start_sync_execution(stateMachineArn=express, input='[1]')
found['sync'] = [sync['status'], sync['output'], sync['billingDetails']['billedMemoryUsedInMB']]
try: sfn.list_executions(stateMachineArn=express)
except sfn.exceptions.StateMachineTypeNotSupported as e: found['express'] = e.response['Error']['Code']
for name in ('describe_state_machine', 'delete_state_machine'): getattr(sfn, name)(stateMachineArn=arn)
sfn.delete_activity(activityArn=activity)
try: sfn.get_activity_task(activityArn=activity)
except sfn.exceptions.ActivityDoesNotExist as e: found['gone'] = e.response['Error']['Code']
print(json.dumps(found))
`;

test('boto3 uses activities, versions, aliases, tags, tests and Express executions as of AWS', async () => {
  if (!findBoto3()) return;

  const found = JSON.parse(await run(sfn.endpoint!, 'python3', '-c', EVERYTHING));

  expect(found).toEqual({
    activity: 'everything',
    activities: true,
    alias: [{ stateMachineVersionArn: expect.stringMatching(/:everything:1$/), weight: 100 }],
    task: { a: 1 },
    ended: ['SUCCEEDED', '{"b": 2}', true, true],
    types: [
      'ExecutionStarted',
      'TaskStateEntered',
      'ActivityScheduled',
      'ActivityStarted',
      'ActivitySucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ],
    aliases: 1,
    versions: [':2', ':1'],
    conflict:
      'Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [live]',
    arn: "Invalid Arn: 'Resource type not valid in this context: stateMachine'",
    token: 'InvalidToken',
    tags: [{ key: 'k', value: 'v' }],
    valid: 'OK',
    tested: ['SUCCEEDED', '5', 'T', '5'],
    sync: ['SUCCEEDED', '[1]', 64],
    express: 'StateMachineTypeNotSupported',
    gone: 'ActivityDoesNotExist',
  });
});

test("the AWS CLI publishes a version and an alias of it, and takes an activity's task", async () => {
  if (!findAwsCli()) return;
  const aws = async (...args: string[]) =>
    JSON.parse((await run(sfn.endpoint!, 'aws', 'stepfunctions', ...args, '--output', 'json')) || '{}');
  const { activityArn } = await aws('create-activity', '--name', 'cli');
  const definition = JSON.stringify({
    StartAt: 'A',
    States: { A: { Type: 'Task', Resource: activityArn, End: true } },
  });
  const { stateMachineVersionArn } = await aws(
    'create-state-machine',
    ...['--name', 'cli-activity', '--role-arn', sfn.roleArn, '--definition', definition, '--publish'],
  );
  const { stateMachineAliasArn } = await aws(
    'create-state-machine-alias',
    ...['--name', 'live', '--routing-configuration', `stateMachineVersionArn=${stateMachineVersionArn},weight=100`],
  );

  const { executionArn } = await aws('start-execution', '--state-machine-arn', stateMachineAliasArn);
  const { taskToken } = await aws('get-activity-task', '--activity-arn', activityArn);
  await aws('send-task-failure', '--task-token', taskToken, '--error', 'Cli', '--cause', 'said so');

  await sfn.ended(executionArn);
  expect(await aws('describe-execution', '--execution-arn', executionArn)).toMatchObject({
    status: 'FAILED',
    error: 'Cli',
    cause: 'said so',
    stateMachineAliasArn,
    stateMachineVersionArn,
  });
});
