/** What is watched, and by whom: the foundation's watch, and what each pipeline's stack has it look at. */
import { lint } from '../../lib/asl';
import type { FunctionSpec } from '../../lib/compiler/types';
import { watchMachine } from '../../lib/compiler/watch';
import { compiledOrders } from '../fixtures/compiled-orders';
import { type Resource, readable, removeAssemblies, synthesize, type Template } from './assembly';

const COMPARED = {
  pipeline: 'orders',
  timeoutSeconds: 21_600,
  tables: { redshift: ['analytics.orders'], postgres: [] },
};
/** As the compiler makes it of a pipeline that wants it. */
const RECONCILE: FunctionSpec = {
  id: 'Reconcile',
  task: 'reconcile',
  memoryMb: 256,
  timeoutSeconds: 900,
  storageMb: 512,
  duckdb: false,
  environment: ['LEDGER_TABLE', 'ALERTS_TOPIC_ARN'],
  grants: [{ grant: 'publishAlerts' }],
};

let orders: Template;
let foundation: Template;
let other: ReturnType<typeof synthesize>;
beforeAll(() => {
  const watch = {
    ...compiledOrders.watch,
    deadline: { expression: 'cron(0 6 ? * MON-FRI *)', timezone: 'Europe/Berlin' },
  };
  const functions = [...compiledOrders.functions, RECONCILE];
  ({ orders, foundation } = synthesize({}, [{ ...compiledOrders, watch, functions, reconcile: COMPARED }]));
  other = synthesize({}, [{ ...compiledOrders, name: 'other', title: 'Other' }]);
});
afterAll(removeAssemblies);

const alarmsOf = (template: Template): Record<string, Resource['Properties']> =>
  Object.fromEntries(
    template.all('AWS::CloudWatch::Alarm').map(({ Properties }) => [Properties.AlarmName, Properties]),
  );

test('the machine is sound, and takes its time from the start of the execution: a retry judges by the same', () => {
  expect(lint(watchMachine())).toEqual([]);
  expect(JSON.stringify(watchMachine())).toContain('$states.context.Execution.StartTime');
});

test('the watch reads the ledger and lists the landing bucket, tells the topic of each pipeline, and may reach no database', () => {
  const look = foundation
    .all('AWS::Lambda::Function')
    .find(({ Properties }) => Properties.Description.startsWith('Looks at a pipeline'))!;
  const { Policies } = foundation.document.Resources[look.Properties.Role['Fn::GetAtt'][0]]!.Properties;

  expect((readable(Policies[0].PolicyDocument.Statement) as object[]).slice(0, 5)).toEqual([
    {
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
      Resource: '<LedgerTable.Arn>',
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['pipeline#*', 'alert#*'] } },
    },
    {
      Effect: 'Allow',
      Action: 'dynamodb:Query',
      Resource: '<LedgerTable.Arn>/index/open',
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['run', 'gone'] } },
    },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: '<BucketsLanding.Arn>' },
    { Effect: 'Allow', Action: 'cloudwatch:GetMetricStatistics', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: 'arn:<AWS::Partition>:sns:<AWS::Region>:<AWS::AccountId>:stepwell-*-alerts',
    },
  ]);
});

test('a pipeline is looked at each hour, and when its deadline is over, by the clock of its place', () => {
  const schedules = orders.all('AWS::Scheduler::Schedule').map(({ Properties }) => Properties);

  expect(schedules.map(({ Name }) => Name)).toEqual(['stepwell-orders_watch', 'stepwell-orders_deadline']);
  expect(schedules[0].ScheduleExpression).toMatch(/^cron\(\d+ \* \* \* \? \*\)$/);
  expect(schedules[1]).toMatchObject({
    ScheduleExpression: 'cron(0 6 ? * MON-FRI *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
  });
  for (const { Target } of schedules) {
    expect(JSON.parse(Target.Input)).toEqual(compiledOrders.watch.spec);
    expect(readable(Target.DeadLetterConfig.Arn)).toBe('<DeadLettersQueue.Arn>');
  }
  expect(other.template('Stepwell-Other').all('AWS::Scheduler::Schedule')).toHaveLength(1);
});

test('no data is a breach where it means that nobody looks; the first look comes before these alarms', () => {
  const alarms = alarmsOf(orders);
  const [first] = orders.entries('Custom::StepwellWatch')[0]!;

  expect(alarms['stepwell-orders-problems']).toMatchObject({
    Namespace: 'Stepwell',
    MetricName: 'Problems',
    Dimensions: [{ Name: 'pipeline', Value: 'orders' }],
    Statistic: 'Maximum',
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    Period: 3600,
    TreatMissingData: 'breaching',
  });
  // The watch tells what is wrong; who tells that there is no watch is the other alarm.
  expect(alarms['stepwell-orders-problems'].AlarmActions).toBeUndefined();
  expect(alarms['stepwell-orders-unwatched']).toMatchObject({
    Statistic: 'SampleCount',
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  });
  expect(readable(alarms['stepwell-orders-unwatched'].AlarmActions)).toEqual(['<AlertsTopic>']);
  for (const [, { Properties, DependsOn }] of orders.entries('AWS::CloudWatch::Alarm'))
    if (Properties.MetricName === 'Problems') expect(DependsOn).toContain(first);
});

test('one alarm says whether anything is wrong anywhere, of alarms of the foundation alone, and mails nobody', () => {
  const { AlarmName, AlarmRule, AlarmActions } = foundation.only('AWS::CloudWatch::CompositeAlarm').Properties;
  const alarms = alarmsOf(foundation);

  expect(AlarmName).toBe('stepwell-any-pipeline');
  expect(AlarmActions).toBeUndefined();
  expect(AlarmRule.split(' OR ').sort()).toEqual(
    Object.keys(alarms)
      .map((name) => `ALARM("${name}")`)
      .sort(),
  );
  // What mails itself elsewhere is silent here.
  const silent = Object.keys(alarms).filter((name) => alarms[name].AlarmActions === undefined);
  expect(silent.sort()).toEqual(['stepwell-foundation-problems', 'stepwell-foundation-runs-failed']);
});

test('the dashboard of all pipelines searches for them: a new one needs no deploy of the foundation', () => {
  const { DashboardName, DashboardBody } = foundation.only('AWS::CloudWatch::Dashboard').Properties;
  const { widgets } = JSON.parse(readable(DashboardBody) as string);
  const expressions = widgets.flatMap(({ properties }: { properties: { metrics?: { expression: string }[][] } }) =>
    (properties.metrics ?? []).map(([one]) => one!.expression),
  );

  expect(DashboardName).toBe('stepwell');
  expect(JSON.stringify(widgets)).not.toContain('orders');
  expect(expressions).toContain(`SEARCH('{Stepwell,pipeline} MetricName="RowsPublished"', 'Sum', 3600)`);
  expect(expressions).toContain(`SEARCH('{Stepwell,pipeline,table} MetricName="PublishedAge"', 'Maximum', 3600)`);
  expect(other.foundation.document).toEqual(foundation.document);
});

test('load ledgers are compared each night, where a pipeline wants it, and what cannot be is not lost', () => {
  const ruleOf = (template: Template) =>
    template
      .all('AWS::Events::Rule')
      .find(({ Properties }) => Properties.Description === 'Compares the load ledgers of orders with its runs');
  const { ScheduleExpression, Targets } = ruleOf(orders)!.Properties;

  expect(ScheduleExpression).toBe('cron(30 3 * * ? *)');
  expect(JSON.parse(Targets[0].Input)).toEqual(COMPARED);
  expect(readable(Targets[0].Arn)).toBe('<ReconcileFunction.Arn>');
  expect(readable(Targets[0].DeadLetterConfig.Arn)).toBe('<DeadLettersQueue.Arn>');
  expect(other.template('Stepwell-Other').all('AWS::Lambda::Function')).toHaveLength(compiledOrders.functions.length);
});
