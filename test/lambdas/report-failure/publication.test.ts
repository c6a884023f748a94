import { isRepeatedByRedrive, publicationOf } from '../../../lib/tasks/failed-run';

const entered = (name: string) => ({ stateEnteredEventDetails: { name } });
const exited = (name: string) => ({ stateExitedEventDetails: { name } });
const sinks = ['redshift:a.orders', 'postgres:b.orders', 'lake:orders'];
const all = ['Publish', ...sinks.map((sink) => `Publish ${sink}`)].map(entered);

test('before Publish nothing is published', () => {
  expect(publicationOf([entered('Check')], { step: 'Check', error: 'CheckFailed' })).toEqual({
    published: [],
    not: [],
    unsure: [],
  });
});

test('at Publish: what has ended is published, what has failed is not, what was under way is unsure', () => {
  const failed = { step: 'Publish postgres:b.orders', error: 'StatementFailed' };

  expect(publicationOf([...all, exited('Publish redshift:a.orders')], failed)).toEqual({
    published: ['redshift:a.orders'],
    not: ['postgres:b.orders'],
    unsure: ['lake:orders'],
  });
});

test('after a timeout, and of a lake, nobody knows', () => {
  const unsure = (step: string, error: string) => publicationOf(all, { step, error }).not;

  expect(unsure('Publish postgres:b.orders', 'States.Timeout')).toEqual([]);
  expect(unsure('Publish lake:orders', 'AccessDenied')).toEqual([]);
});

test('at Record all are published', () => {
  const events = [...all, ...sinks.map((sink) => exited(`Publish ${sink}`)), exited('Publish'), entered('Record')];

  expect(publicationOf(events, { step: 'Record', error: 'AccessDenied' })).toEqual({
    published: [...sinks].sort(),
    not: [],
    unsure: [],
  });
});

test('a redrive repeats what lies in the file or the definition, not what a source or a database says', () => {
  expect(isRepeatedByRedrive({ error: 'ContractDrift', step: 'Extract file of orders', scheduled: false })).toBe(true);
  expect(isRepeatedByRedrive({ error: 'ContractDrift', step: 'Extract partition of api', scheduled: true })).toBe(
    false,
  );
  expect(isRepeatedByRedrive({ error: 'CheckFailed', step: 'Check', scheduled: true })).toBe(true);
  expect(isRepeatedByRedrive({ error: 'StatementFailed', step: 'Load x', scheduled: false })).toBe(false);
});

test('items go round and round: a table of them is published once its last state says so; models are no sink', () => {
  const sink = 'dynamoTable:profiles';
  const round = [entered('Publish'), entered(`Publish ${sink}`), exited(`Publish ${sink}`), entered(`Publish ${sink}`)];

  expect(publicationOf(round, { step: `Publish ${sink}`, error: 'ThrottlingException' })).toEqual({
    published: [],
    not: [],
    unsure: [sink],
  });
  const after = [...round, exited(`Publish ${sink}`), exited(`Published ${sink}`), entered('Publish models')];
  expect(publicationOf([...after, entered('Publish redshift:a.b')], { step: 'Publish redshift:a.b' })).toEqual({
    published: [sink],
    not: ['redshift:a.b'],
    unsure: [],
  });
});
