/** The time span of a rebuild, as it was asked for. */
import * as z from 'zod/mini';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import { type RawStore, type RebuildRequest, rebuildRequest } from '../../lib/tasks/rebuild';

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/;
const DAY_MS = 86_400_000;

/** In ISO 8601 with milliseconds. @throws {InvalidTaskInput} */
export function spanOf(asked: unknown, { wholeDays }: Pick<RawStore, 'wholeDays'>, startedAt: string): RebuildRequest {
  const parsed = z.safeParse(rebuildRequest, asked);
  const [from, to] = parsed.success ? [timeOf(parsed.data.from), timeOf(parsed.data.to)] : [];
  if (from === undefined || to === undefined) {
    throw new InvalidTaskInput(
      `The run was started with "rebuild": ${JSON.stringify(asked)}. Accepted is {"from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z"}, in UTC; both may be days.`,
    );
  }
  const span = `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  if (from >= to) throw new InvalidTaskInput(`There is nothing ${span}: it ends before it begins.`);
  if (to > Date.parse(startedAt)) {
    throw new InvalidTaskInput(
      `The span ${span} ends after the run was started: records of it are still to come, and would be there twice. Let it end before now.`,
    );
  }
  if (wholeDays && (from % DAY_MS !== 0 || to % DAY_MS !== 0)) {
    throw new InvalidTaskInput(
      `The span ${span} is not one of whole days, in UTC: of a table in the lake whole partitions take the place of others. Begin and end at midnight, as npx stepwell rebuild does.`,
    );
  }
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function timeOf(text: string): number | undefined {
  const time = ISO.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
