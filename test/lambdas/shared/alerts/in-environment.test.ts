import { inEnvironment } from '../../../../lambdas/shared/alerts/in-environment';
import type { Alert } from '../../../../lib/tasks/alert';

const ALERT: Alert = {
  kind: 'failure',
  severity: 'error',
  pipeline: 'orders',
  title: 'orders failed at Load',
  lines: ['Of a backfill: npx stepwell backfill show 3f0c9a1e', 'Data of 2026-11-20.'],
  command: 'npx stepwell redrive orders 4be1c07a',
  dedupeKey: 'a',
};

test('in a named environment an alert says which, and its commands ask there', () => {
  expect(inEnvironment(ALERT, 'prod')).toEqual({
    ...ALERT,
    title: 'orders failed at Load (prod)',
    lines: ['Of a backfill: npx stepwell backfill show --env prod 3f0c9a1e', 'Data of 2026-11-20.'],
    command: 'npx stepwell redrive --env prod orders 4be1c07a',
  });
});

test('in the one without a name it stays as it is', () => {
  expect(inEnvironment(ALERT, undefined)).toBe(ALERT);
});
