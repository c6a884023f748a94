import { hours, merge, postgres, redshift } from '../../lib/pipeline';
import { compileModels } from './compile';

const goals = {
  freshness: { within: hours(26), inputs: { orders: hours(25) } },
  deadline: { by: '06:00', timezone: 'Europe/Berlin', days: 'MON-FRI' },
  timeout: hours(2),
};

test('a pipeline brings along what is to be looked at: its goals in seconds, its deadline as a crontab and as a schedule', async () => {
  const { watch } = await compileModels({ rows: 'SELECT id FROM orders' }, goals);

  expect(watch).toEqual({
    spec: {
      pipeline: 'shop',
      timeoutSeconds: 7200,
      sinks: ['redshift:shop.rows'],
      inputs: [{ source: 'orders', globs: ['orders/*.csv'], timezone: 'UTC', withinSeconds: 25 * 3600 }],
      withinSeconds: 26 * 3600,
      deadline: { cron: '0 6 * * MON-FRI', timezone: 'Europe/Berlin' },
    },
    deadline: { expression: 'cron(0 6 ? * MON,TUE,WED,THU,FRI *)', timezone: 'Europe/Berlin' },
  });
});

test('one without goals is looked at as well: its ages are measured, and runs that do not end are told of', async () => {
  const { watch, functions, reconcile, dashboard } = await compileModels({ rows: 'SELECT id FROM orders' });

  expect(watch).toEqual({
    spec: {
      pipeline: 'shop',
      timeoutSeconds: 21_600,
      sinks: ['redshift:shop.rows'],
      inputs: [{ source: 'orders', globs: ['orders/*.csv'], timezone: 'UTC' }],
    },
  });
  expect({ reconcile, dashboard }).toEqual({});
  expect(functions.map(({ task }) => task)).not.toContain('reconcile');
});

test('ledgers are compared by a function of the pipeline, as its own user, where it is wanted', async () => {
  const sinks = [
    redshift({ model: 'rows', table: 'shop.rows', write: merge('id') }),
    postgres({ model: 'rows', table: 'crm.rows', write: merge('id') }),
  ];
  const compiled = await compileModels({ rows: 'SELECT id FROM orders' }, { reconcile: true, dashboard: true, sinks });
  const { grants, environment } = compiled.functions.find(({ task }) => task === 'reconcile')!;

  expect(compiled.dashboard).toBe(true);
  expect(compiled.reconcile).toEqual({
    pipeline: 'shop',
    timeoutSeconds: 21_600,
    tables: { redshift: ['shop.rows'], postgres: ['crm.rows'] },
  });
  expect(grants).toEqual([
    { grant: 'ledger', keys: ['pipeline#shop', 'alert#shop'] },
    { grant: 'redshift' },
    { grant: 'postgres' },
    { grant: 'publishAlerts' },
  ]);
  expect(environment).toEqual([
    'LEDGER_TABLE',
    'ALERTS_TOPIC_ARN',
    ...['REDSHIFT_WORKGROUP', 'REDSHIFT_DATABASE', 'REDSHIFT_SECRET_ARN', 'REDSHIFT_ROLE_ARN'],
    ...['AURORA_CLUSTER_ARN', 'AURORA_DATABASE', 'AURORA_SECRET_ARN'],
  ]);
});
