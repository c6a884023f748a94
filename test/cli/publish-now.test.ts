import { hoursStaged } from '../../lib/cli/publish-now';

test.each([
  ['in one hour', '10:20:00', '10:20:30', ['09', '10']],
  ['when a new hour has just begun', '10:59:30', '11:00:05', ['09', '10', '11']],
  ['when it has not quite', '10:59:30', '10:59:59', ['09', '10']],
])('what is staged is looked for in the hours in which it may have come, %s', (_, since, now, hours) => {
  const at = (time: string) => Date.parse(`2026-03-01T${time}Z`);

  const found = hoursStaged(at(since), at(now));

  expect(found.map((hour) => new Date(hour).toISOString())).toEqual(
    hours.map((hour) => `2026-03-01T${hour}:00:00.000Z`),
  );
});
