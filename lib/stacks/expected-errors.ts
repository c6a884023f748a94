import { SynthError } from '../constructs/errors';
import { PipelineError } from '../pipeline/errors';
import { SettingError } from '../pipeline/schema/setting-error';

/** An error whose message tells the user all there is to know. */
export function isExpected(error: unknown): error is Error {
  return error instanceof PipelineError || error instanceof SynthError || error instanceof SettingError;
}
