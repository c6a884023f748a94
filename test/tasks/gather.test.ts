import { groupMatcher, groupsBy } from '../../lambdas/shared/files/group-matcher';
import { groupsEndingOn, smallestToken } from '../../lib/tasks/gather';

test.each([
  ['sales/{yyyy}/{MM}/{dd}/*.csv', 'sales/2026/11/20/a.csv', '2026-11-20'],
  ['sales/{yyyy}/{MM}/{dd}/*.csv', 'sales/2026/13/20/a.csv', undefined],
  ['sales/{yyyy}/{MM}/{dd}/*.csv', 'sales/2026/11/20/b/a.csv', undefined],
  ['sales/{yyyy}/{MM}/{dd}/{HH}/**', 'sales/2026/11/20/07/b/a.csv', '2026-11-20-07'],
  ['{yyyy}-{MM}/x-{yyyy}{MM}.csv', '2026-11/x-202611.csv', '2026-11'],
  ['{yyyy}-{MM}/x-{yyyy}{MM}.csv', '2026-11/x-202612.csv', undefined],
  ['@(a|b)/{yyyy}/*.{csv,txt}', 'b/2026/x.txt', '2026'],
  ['a(b)/+(c|d)-{yyyy}/*', 'ab/cd-2026/_x', '2026'],
  ['orders/*.csv', 'orders/a.csv', 'all'],
  ['orders/*.csv', 'orders/a.txt', undefined],
  ['orders/{yyyy}/**', 'orders/2026/folder/', undefined],
])('%s: %s is of %s', (glob, key, group) => {
  expect(groupMatcher(glob)(key)).toBe(group);
});

test('of several globs, the first that matches decides', () => {
  expect(groupsBy(['a/{yyyy}/*', 'b/{yyyy}/*'])('b/2026/x')).toBe('2026');
});

test('groups whose date ends with a day', () => {
  expect(groupsEndingOn('2026-11-20', '{dd}')).toEqual(['2026-11-20']);
  expect(groupsEndingOn('2026-11-20', '{MM}')).toEqual([]);
  expect(groupsEndingOn('2026-11-30', '{MM}')).toEqual(['2026-11']);
  expect(groupsEndingOn('2026-12-31', '{yyyy}')).toEqual(['2026']);
  expect(groupsEndingOn('2026-11-20', '{HH}')).toHaveLength(24);
  expect(groupsEndingOn('2026-11-20', '{HH}')[7]).toBe('2026-11-20-07');
  expect(groupsEndingOn('2026-11-20', smallestToken(['orders/*.csv']))).toEqual(['all']);
});
