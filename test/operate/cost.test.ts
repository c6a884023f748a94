import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { dollars } from '../../lib/operate/cost/dollars';
import { periodOf } from '../../lib/operate/cost/period';
import { factsIn } from '../../lib/operate/cost/transitions';
import { Refused } from '../../lib/operate/errors';

const now = new Date('2026-11-21T12:00:00Z');
const iso = ({ from, to, title }: ReturnType<typeof periodOf>) => [from.toISOString(), to.toISOString(), title];

test('a period is of hours, days or weeks until now, or a month', () => {
  expect(iso(periodOf({}, now))).toEqual(['2026-10-22T12:00:00.000Z', now.toISOString(), 'the last 30 days']);
  expect(iso(periodOf({ last: '24h' }, now))[2]).toBe('the last 24 hours');
  expect(iso(periodOf({ last: '1w' }, now))).toEqual(['2026-11-14T12:00:00.000Z', now.toISOString(), 'the last week']);
  expect(iso(periodOf({ month: '2026-10' }, now))).toEqual([
    '2026-10-01T00:00:00.000Z',
    '2026-11-01T00:00:00.000Z',
    'October 2026',
  ]);
  expect(iso(periodOf({ month: '2026-11' }, now))[2]).toBe('November 2026 until now');
});

test.each([
  [{ last: '30' }, "--last '30' is no time"],
  [{ last: '0d' }, "--last '0d' is no time"],
  [{ last: '91d' }, 'longer than logs are kept'],
  [{ month: '2026-13' }, 'is no month: write it as 2026-10'],
  [{ month: 'October' }, 'is no month'],
  [{ month: '2026-12' }, 'has not begun yet'],
  [{ month: '2026-05' }, 'AWS Cost Explorer has it'],
  [{ last: '1d', month: '2026-10' }, 'leave out one'],
])('%j is refused with what to do', (wanted, message) => {
  expect(() => periodOf(wanted, now)).toThrow(Refused);
  expect(() => periodOf(wanted, now)).toThrow(message);
});

test('money is told by what can be seen of it', () => {
  expect([0, 0.00001, 0.01234, 0.5, 12.3, 1234.5].map(dollars)).toEqual([
    '$0',
    '<$0.0001',
    '$0.0123',
    '$0.5000',
    '$12.30',
    '$1,234.50',
  ]);
});

test('each state that is entered is a transition, and each retry of a task; what an ended invocation leaves is its id', () => {
  const events = [
    { type: 'ExecutionStarted' },
    { type: 'TaskStateEntered' },
    { type: 'TaskScheduled' },
    {
      type: 'TaskFailed',
      taskFailedEventDetails: {
        error: 'Sandbox.Timedout',
        cause: 'RequestId: 0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0 Error: Task timed out after 3.00 seconds',
      },
    },
    { type: 'TaskScheduled' },
    { type: 'TaskStateExited' },
    { type: 'ChoiceStateEntered' },
    { type: 'MapStateEntered' },
    { type: 'MapRunStarted' },
    { type: 'SucceedStateEntered' },
  ] as HistoryEvent[];

  expect(factsIn(events)).toEqual({
    transitions: 5,
    hasMaps: true,
    killed: ['0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0'],
  });
});
