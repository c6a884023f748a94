import type { UpdateMapRunCommandOutput, UpdateMapRunInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkMapRunArn } from './arns';
import { invalidRequest, resourceNotFound } from './errors';
import type { StatesState } from './state';

type Output = Omit<UpdateMapRunCommandOutput, '$metadata'>;

/** How many children run at a time, and how many may fail, from now on. */
export const UpdateMapRun: OperationOf<StatesState, UpdateMapRunInput, Output> = (state) => ({
  authorize: ({ mapRunArn }) => [{ action: 'states:UpdateMapRun', resource: String(mapRunArn) }],

  async handle({ mapRunArn, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage }) {
    const { engine } = state();
    const run = engine.catalogue.mapRuns.get(checkMapRunArn(mapRunArn));
    if (!run) throw resourceNotFound(String(mapRunArn));
    if (run.status !== 'RUNNING') {
      throw invalidRequest(`Map Run '${mapRunArn}' is not in progress: it is ${run.status}.`);
    }
    const given = { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage };
    const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    if (Object.keys(change).length === 0) {
      throw invalidRequest(
        'At least one of maxConcurrency, toleratedFailureCount and toleratedFailurePercentage must be given',
        'MISSING_REQUIRED_PARAMETER',
      );
    }
    await engine.updateMapRun(run.mapRunArn, change);
    return {};
  },
});
