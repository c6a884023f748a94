import type { TestEventPatternCommandInput, TestEventPatternCommandOutput } from '@aws-sdk/client-eventbridge';
import { compilePattern } from '../../events/pattern';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import type { EventsState } from './state';

type Output = Omit<TestEventPatternCommandOutput, '$metadata'>;

export const TestEventPattern: OperationOf<EventsState, TestEventPatternCommandInput, Output> = () => ({
  authorize: () => [{ action: 'events:TestEventPattern', resource: '*' }],

  async handle(input) {
    requireMembers(input, 'EventPattern', 'Event');
    return { Result: compilePattern(input.EventPattern)(parseEvent(input.Event)) };
  },
});

function parseEvent(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('ValidationException', 'Parameter Event is not valid.');
  }
}
