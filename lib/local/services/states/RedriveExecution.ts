import type { RedriveExecutionCommandOutput, RedriveExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkExecutionArn } from './arns';
import { redriveStatusOf } from './describe';
import { executionNotRedrivable } from './errors';
import type { StatesState } from './state';

type Output = Omit<RedriveExecutionCommandOutput, '$metadata'>;

/** AWS: so long, and so many of them, client tokens are remembered. */
const TOKEN_MS = 15 * 60 * 1000;
const KEPT_TOKENS = 10;

/** The execution goes on in the states that failed, by the definition that it was started with. */
export const RedriveExecution: OperationOf<StatesState, RedriveExecutionInput, Output> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:RedriveExecution', resource: String(executionArn) }],

  async handle({ executionArn, clientToken }, { cloud }) {
    const { engine } = state();
    const record = state().execution(checkExecutionArn(executionArn));
    const now = cloud.clock.now();
    const tokens = (record.redriveTokens ?? []).filter(({ at }) => now - at < TOKEN_MS);
    const known = tokens.find(({ token }) => token === clientToken);
    if (known) return { redriveDate: new Date(known.redriveDate) };

    const isDeleting = engine.catalogue.machines.get(record.stateMachineArn)?.isDeleting;
    const { redriveStatus, redriveStatusReason } = redriveStatusOf(record, now, isDeleting);
    if (redriveStatus === 'REDRIVABLE_BY_MAP_RUN') {
      throw executionNotRedrivable('Execution is a child of a Map Run and can only be redriven by its Map Run');
    }
    if (redriveStatus !== 'REDRIVABLE') throw executionNotRedrivable(String(redriveStatusReason));
    const redriveDate = await engine.redrive(record.executionArn);
    if (clientToken !== undefined) {
      const redriveTokens = [...tokens, { token: clientToken, at: now, redriveDate }].slice(-KEPT_TOKENS);
      await engine.keepRedriveTokens(record.executionArn, redriveTokens);
    }
    return { redriveDate: new Date(redriveDate) };
  },
});
