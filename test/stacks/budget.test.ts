/** What a pipeline with a budget has in its stack: a function that reads the log of the others each hour, and no more. */
import { AwsSolutionsChecks } from 'cdk-nag';
import type { CompiledPipeline } from '../../lib/compiler/types';
import { compiledOrders } from '../fixtures/compiled-orders';
import { readable, removeAssemblies, synthesize } from './assembly';

afterAll(removeAssemblies);

const [report] = compiledOrders.functions.filter(({ task }) => task === 'report-failure');
const budgeted: CompiledPipeline = {
  ...compiledOrders,
  budget: { monthly: 20, transitions: { Admit: 1.5, Record: 1.5 } },
  functions: [
    ...compiledOrders.functions,
    {
      ...report!,
      id: 'WatchBudget',
      task: 'watch-budget',
      environment: ['LEDGER_TABLE', 'ALERTS_TOPIC_ARN'],
      grants: [
        { grant: 'readLogs' },
        { grant: 'ledger', keys: ['pipeline#orders', 'alert#orders'] },
        { grant: 'publishAlerts' },
      ],
    },
  ],
};

test('its function reads the logs of its own pipeline, and is told each hour what it needs beside them', () => {
  const { app, orders } = synthesize({}, [budgeted]);

  const rules = orders.all('AWS::Events::Rule').map(({ Properties }) => Properties);
  const hourly = rules.find(({ ScheduleExpression }) => ScheduleExpression === 'rate(1 hour)')!;
  const input = JSON.parse(readable(hourly.Targets[0].Input) as string);
  expect(input).toMatchObject({
    pipeline: 'orders',
    monthly: 20,
    transitions: { admit: 1.5, record: 1.5 },
    capacity: { redshiftRpus: 8, auroraAcus: 0.5, auroraPauseMs: 600_000 },
  });
  expect(input.logs.admit).toBe('/stepwell/orders/admit');
  expect(Object.keys(input.logs)).toHaveLength(budgeted.functions.length);
  const roles = orders.all('AWS::IAM::Role').flatMap(({ Properties }) => Properties.Policies ?? []);
  const readsLogs = roles
    .flatMap(({ PolicyDocument }: { PolicyDocument: { Statement: { Action: unknown }[] } }) => PolicyDocument.Statement)
    .filter(({ Action }: { Action: unknown }) => JSON.stringify(Action).includes('logs:FilterLogEvents'));
  expect(readable(readsLogs)).toEqual([
    {
      Effect: 'Allow',
      Action: 'logs:FilterLogEvents',
      Resource: 'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/stepwell/orders/*',
    },
  ]);
  expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
});

test('a database that never sleeps is not woken by runs', () => {
  const { orders } = synthesize({ 'stepwell:capacity': { aurora: { min: 1, max: 16 } } }, [budgeted]);

  const hourly = orders.all('AWS::Events::Rule').find(({ Properties }) => Properties.ScheduleExpression)!;
  expect(JSON.parse(readable(hourly.Properties.Targets[0].Input) as string).capacity).toEqual({ redshiftRpus: 8 });
});
