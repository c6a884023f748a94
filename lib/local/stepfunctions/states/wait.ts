import { runtimeError } from '../errors';
import type { Frame } from '../frame';
import { sleepUntil, type Work } from '../run';

/** AWS: at most so many seconds, a little over three years. */
const MAX_WAIT_SECONDS = 99_999_999;

/** Counts from when the state was entered, so a restart neither shortens nor lengthens the wait. */
export async function runWait(frame: Frame): Promise<Work> {
  const { state, environment, enteredAt } = frame;
  if (state.seconds) {
    const seconds = await state.seconds(environment);
    if (seconds < 0 || seconds > MAX_WAIT_SECONDS) {
      throw runtimeError(`The Seconds of a Wait state must be between 0 and ${MAX_WAIT_SECONDS}, but was ${seconds}.`);
    }
    await sleepUntil(frame, enteredAt + seconds * 1000);
  } else if (state.timestamp) {
    const timestamp = await state.timestamp(environment);
    const until = Date.parse(timestamp);
    if (Number.isNaN(until) || !/T.*(Z|[+-]\d\d:\d\d)$/.test(timestamp)) {
      throw runtimeError(`The Timestamp of a Wait state is not an RFC 3339 timestamp: '${timestamp}'.`);
    }
    await sleepUntil(frame, until);
  }
  return {};
}
