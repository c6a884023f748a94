import { mistakes, shop } from './definitions';

test('a budget is in dollars a month', () => {
  expect(mistakes({ ...shop(), budget: { monthly: 20 } })).toEqual([]);
  expect(mistakes({ ...shop(), budget: { monthly: 0.5 } })).toEqual([]);
});

const RULE = 'a budget is in US dollars a month, more than 0. Use e.g. budget: { monthly: 20 }.';

test.each<[unknown, string[]]>([
  [20, ['budget is 20: it has a member monthly, in US dollars. Use e.g. budget: { monthly: 20 }.']],
  [{ monthly: '20' }, [`budget.monthly is '20': ${RULE}`]],
  [{ monthly: 0 }, [`budget.monthly is 0: ${RULE}`]],
  [{ monthly: -3 }, [`budget.monthly is -3: ${RULE}`]],
  [{ monthly: 1e9 }, ['budget.monthly is 1000000000: it is a million at the most. Use e.g. budget: { monthly: 20 }.']],
  [{}, [`budget.monthly is missing: ${RULE}`]],
  [{ monthly: 20, yearly: 200 }, ['budget.yearly is 200: there is no such option. Known: monthly.']],
])('%j is no budget', (budget, expected) => {
  expect(mistakes({ ...shop(), budget })).toEqual(expected);
});
