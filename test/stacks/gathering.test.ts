/** A pipeline that gathers its files: a function before its state machine, and a clock; nothing of it in other pipelines. */
import { AwsSolutionsChecks } from 'cdk-nag';
import type { CompiledPipeline } from '../../lib/compiler/types';
import { hours, marker, quiet, s3Arrival, seconds } from '../../lib/pipeline';
import { compileModels } from '../compiler/compile';
import { readable, removeAssemblies, type Synthesized, synthesize, type Template } from './assembly';

const DAY = 'orders/{yyyy}/{MM}/{dd}/*.csv';
let pipeline: CompiledPipeline;
let synthesized: Synthesized;
let shop: Template;

beforeAll(async () => {
  const whole = marker('_SUCCESS');
  const deadline = { by: '06:15', timezone: 'Europe/Berlin' };
  pipeline = await compileModels(
    { lines: 'SELECT id, note FROM orders' },
    { trigger: s3Arrival(DAY, { whole, deadline }) },
  );
  synthesized = synthesize({}, [pipeline]);
  shop = synthesized.template('Stepwell-Shop');
});
afterAll(removeAssemblies);

test('the nag finds nothing', () => {
  const found = new AwsSolutionsChecks().validateScope(synthesized.app).violations;
  expect(found.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
});

test('files and markers go to the function, which is told by what rule; nothing else starts runs', () => {
  const arrival = shop
    .all('AWS::Events::Rule')
    .filter(({ Properties }) => Properties.EventPattern?.['detail-type']?.[0] === 'Object Created');
  expect(arrival).toHaveLength(1);
  expect(readable(arrival[0]!.Properties)).toMatchObject({
    EventPattern: {
      source: ['aws.s3', 'stepwell'],
      detail: { object: { key: [{ wildcard: 'orders/*.csv' }, { wildcard: 'orders/*/_SUCCESS' }] } },
    },
    Targets: [{ Arn: '<GatherFunction.Arn>', Id: 'Function' }],
  });
  const gather = shop.all('AWS::Lambda::Function').find(({ Properties }) => Properties.Description === 'shop: gather')!;
  expect(JSON.parse(gather.Properties.Environment.Variables.GATHER)).toEqual({
    patterns: [DAY],
    rule: { kind: 'marker', globs: ['orders/{yyyy}/{MM}/{dd}/_SUCCESS'] },
    deadline: { kind: 'by', time: '06:15', timezone: 'Europe/Berlin', daysLater: 1 },
  });
});

test('its role', () => {
  const [, role] = shop.entries('AWS::IAM::Role').find(([id]) => id.startsWith('GatherRole'))!;
  const statements = role.Properties.Policies[0].PolicyDocument.Statement as unknown[];
  const arn = (rest: string) => `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:${rest}`;
  expect(statements.map(readable)).toEqual(
    expect.arrayContaining([
      {
        Effect: 'Allow',
        Action: 's3:ListBucketVersions',
        Resource: '<BucketsLandingArn>',
        Condition: { StringLike: { 's3:prefix': ['orders/????/??/??/*'] } },
      },
      expect.objectContaining({ Action: 's3:GetObject', Resource: '<BucketsWorkArn>/gathered/shop/*' }),
      expect.objectContaining({
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: '<BucketsWorkArn>/gathered/shop/*',
      }),
      {
        Effect: 'Allow',
        Action: 'states:StartExecution',
        Resource: [arn('stepwell-shop'), arn('stepwell_gather-shop')],
      },
    ]),
  );
  expect(JSON.stringify(statements)).not.toContain('DeleteObject');
});

test('the clock may invoke the function and nothing else; the deadline is a schedule', () => {
  const [timer] = shop
    .all('AWS::StepFunctions::StateMachine')
    .filter(({ Properties }) => String(readable(Properties.StateMachineName)).includes('gather'));
  expect(readable(timer!.Properties.DefinitionSubstitutions)).toEqual({ GatherFunctionArn: '<GatherFunction.Arn>' });
  const schedules = shop.all('AWS::Scheduler::Schedule').map(({ Properties }) => Properties);
  expect(schedules.find(({ Name }) => Name === 'stepwell-shop_gather')).toMatchObject({
    ScheduleExpression: 'cron(15 6 * * ? *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
  });
  const alarms = shop.all('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.MetricName);
  expect(alarms).toContain('LateInputs');
});

test('the run reads a list: its state never holds the files', () => {
  const { States } = pipeline.definition as unknown as { States: Record<string, Record<string, unknown>> };
  expect(States['Admitted?']).toMatchObject({
    Choices: [{ Assign: { objects: '{% [] %}', list: '{% $states.input.list %}' }, Output: {} }],
  });
  expect(JSON.stringify(States.Extract)).toContain('"action":"plan-list"');
  expect(JSON.stringify(States.Admit)).toContain('orders/[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/*.csv');
  expect(States.Record).toMatchObject({ Arguments: { Payload: { list: '{% $list %}' } } });
});

test('without a deadline by the clock there is no schedule', async () => {
  const compiled = await compileModels(
    { lines: 'SELECT id, note FROM orders' },
    { trigger: s3Arrival('orders/*.csv', { whole: quiet(seconds(30)), deadline: { within: hours(1) } }) },
  );
  expect(compiled.gather).toEqual({});
  expect(compiled.arrival).toEqual({ keys: [{ wildcard: 'orders/*.csv' }] });
});

test('other pipelines have nothing of it', () => {
  const { orders } = synthesize();
  expect(JSON.stringify(orders.document)).not.toMatch(/[Gg]ather/);
});
