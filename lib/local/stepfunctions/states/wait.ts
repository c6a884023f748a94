import type { Frame } from '../frame';
import { sleepUntil, type Work } from '../run';

/** Counts from when the state was entered, so a restart neither shortens nor lengthens the wait. */
export async function runWait(frame: Frame): Promise<Work> {
  const { state, environment, enteredAt } = frame;
  if (state.seconds) await sleepUntil(frame, enteredAt + (await state.seconds(environment)) * 1000);
  else if (state.timestamp) await sleepUntil(frame, Date.parse(await state.timestamp(environment)));
  return {};
}
