import { AwsError } from '../../service';

/** A day to a year. */
const LEAST_HOURS = 24;
const MOST_HOURS = 8760;

export function assertRetention(hours: number | undefined): number {
  if (hours !== undefined && hours >= LEAST_HOURS && hours <= MOST_HOURS) return hours;
  throw new AwsError(
    'InvalidArgumentException',
    hours !== undefined && hours > MOST_HOURS
      ? `Maximum allowed retention period is ${MOST_HOURS} hours. Requested retention period (${hours} hours) is too long.`
      : `Minimum allowed retention period is ${LEAST_HOURS} hours. Requested retention period (${hours} hours) is too short.`,
  );
}
