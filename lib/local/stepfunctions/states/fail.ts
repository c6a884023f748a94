import { StatesError } from '../errors';
import type { Frame } from '../frame';

export async function runFail({ state, environment }: Frame): Promise<never> {
  const error = await state.error?.(environment);
  const cause = await state.cause?.(environment);
  // A Fail state may leave both out; the execution then fails without a name.
  throw new StatesError(error ?? '', cause, { recorded: true });
}
