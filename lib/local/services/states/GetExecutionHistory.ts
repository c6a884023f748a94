import type { GetExecutionHistoryInput } from '@aws-sdk/client-sfn';
import { historyEvent } from '../../stepfunctions/history';
import type { OperationOf } from '../stateful';
import { checkExecutionArn } from './arns';
import { invalidToken } from './errors';
import type { StatesState } from './state';

const DEFAULT_PAGE = 100;

/** A page costs as much as its events, however long the history is: the token is the id of the next event. */
export const GetExecutionHistory: OperationOf<StatesState, GetExecutionHistoryInput> = (state) => ({
  authorize: ({ executionArn }) => [{ action: 'states:GetExecutionHistory', resource: String(executionArn) }],

  async handle({ executionArn, maxResults, reverseOrder = false, includeExecutionData = true, nextToken }) {
    const events = await state().engine.events(state().execution(checkExecutionArn(executionArn)).executionArn);
    const count = maxResults || DEFAULT_PAGE;
    const first = nextToken === undefined ? (reverseOrder ? events.length : 1) : readToken(nextToken);
    const page = reverseOrder
      ? events.slice(Math.max(0, first - count), first).reverse()
      : events.slice(first - 1, first - 1 + count);
    const next = reverseOrder ? first - count : first + count;
    const isLast = reverseOrder ? next < 1 : next > events.length;
    return {
      events: page.map((event) => historyEvent(event, includeExecutionData)),
      ...(isLast ? {} : { nextToken: Buffer.from(String(next)).toString('base64url') }),
    };
  },
});

function readToken(token: string): number {
  const id = Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(id) || id < 1) throw invalidToken();
  return id;
}
