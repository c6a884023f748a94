import type { UpdateMapRunCommandOutput, UpdateMapRunInput } from '@aws-sdk/client-sfn';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { resourceNotFound } from './errors';
import type { StatesState } from './state';

type Output = Omit<UpdateMapRunCommandOutput, '$metadata'>;

/** How many children run at a time, and how many may fail, from now on. */
export const UpdateMapRun: OperationOf<StatesState, UpdateMapRunInput, Output> = (state) => ({
  authorize: ({ mapRunArn }) => [{ action: 'states:UpdateMapRun', resource: String(mapRunArn) }],

  async handle({ mapRunArn, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage }) {
    const { engine } = state();
    const run = engine.catalogue.mapRuns.get(String(mapRunArn));
    if (!run) throw resourceNotFound(String(mapRunArn));
    if (run.status !== 'RUNNING')
      throw new AwsError('ValidationException', `Map Run '${mapRunArn}' is not in progress: it is ${run.status}.`);
    for (const [name, value] of Object.entries({ maxConcurrency, toleratedFailureCount, toleratedFailurePercentage })) {
      if (value !== undefined && (value < 0 || (name === 'toleratedFailurePercentage' && value > 100)))
        throw new AwsError('ValidationException', `Value '${value}' at '${name}' failed to satisfy constraint`);
    }
    await engine.updateMapRun(run.mapRunArn, {
      ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
      ...(toleratedFailureCount === undefined ? {} : { toleratedFailureCount }),
      ...(toleratedFailurePercentage === undefined ? {} : { toleratedFailurePercentage }),
    });
    return {};
  },
});
