import { logText } from '../../lib/cli/log-text';
import { sinceOf } from '../../lib/cli/logs';
import { groupsOfStep, killedLine } from '../../lib/operate/log-lines';

const now = new Date('2026-11-20T12:00:00Z');

test.each([
  ['90m', '2026-11-20T10:30:00.000Z'],
  ['30s', '2026-11-20T11:59:30.000Z'],
  ['1d', '2026-11-19T12:00:00.000Z'],
  ['2026-11-20T07:00Z', '2026-11-20T07:00:00.000Z'],
])('--since %s is %s', (text, at) => {
  expect(sinceOf(text, now).toISOString()).toBe(at);
});

test.each(['yesterday', '10', '2026-13-01', '7'])('--since %s is refused with examples', (text) => {
  expect(() => sinceOf(text, now)).toThrow('--since is a span such as 30s, 10m, 2h or 1d, or a time such as ');
});

test('A step names the functions that it runs, a function itself', () => {
  const groups = ['admit', 'collect', 'extract-http', 'load-redshift', 'publish', 'publish-lake'].map(
    (name) => `/stepwell/orders/${name}`,
  );
  const of = (step: string) => groupsOfStep(groups, step).map((group) => group.slice('/stepwell/orders/'.length));

  expect(of('Extract')).toEqual(['collect', 'extract-http']);
  expect(of('load')).toEqual(['load-redshift', 'publish-lake']);
  expect(of('publish')).toEqual(['publish', 'publish-lake']);
  expect(of('extract-http')).toEqual(['extract-http']);
  expect(of('laod')).toEqual([]);
});

test('A line has time, function, level, message and details; an error its name and its first frames', () => {
  const time = new Date(2026, 10, 20, 7, 5, 1, 42).toISOString();
  const line = { time, function: 'admit', level: 'ERROR', message: 'No\nway' };
  const stack = ['BadThing: No way', ...[1, 2, 3, 4, 5].map((n) => `    at f${n} (index.js:${n}:1)`)].join('\n');

  expect(logText({ ...line, details: { rows: 3, at: { key: 'a b' } } }, 8)).toEqual([
    '07:05:01.042  admit     ERROR  No way  rows=3 at={"key":"a b"}',
  ]);
  expect(logText({ ...line, details: { error: { name: 'BadThing', message: 'No\nway', stack } } })).toEqual([
    '07:05:01.042  admit  ERROR  No way',
    '    BadThing',
    ...[1, 2, 3, 4].map((n) => `      at f${n} (index.js:${n}:1)`),
  ]);
});

test("Lambda's report of an invocation that it has ended is a line as well", () => {
  const report = (status: string) =>
    `REPORT RequestId: 4b1f\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 90 MB\t${status}`;
  const of = (message: string) => killedLine('check', { message, timestamp: now.getTime(), eventId: '1' });

  expect(of(report('Status: timeout'))).toEqual({
    eventId: '1',
    time: '2026-11-20T12:00:00.000Z',
    function: 'check',
    level: 'ERROR',
    message: 'Timed out after 3.0 s, with 90 of 128 MB',
    requestId: '4b1f',
    details: {},
  });
  expect(of(report('Status: error\tError Type: Runtime.OutOfMemory'))).toMatchObject({
    message: 'Ended by Runtime.OutOfMemory after 3.0 s, with 90 of 128 MB',
  });
  expect(of('START RequestId: 4b1f Version: $LATEST')).toBeUndefined();
});
