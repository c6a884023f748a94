import type { Operation } from '../../../service';

interface Input {
  /** Whose Map state it is. */
  readonly stateMachineArn: string;
  /** One of the children; only where they are redriven. */
  readonly redriven?: string;
}

/**
 * No operation of the API: what the role of a state machine needs to run the children of its own Distributed Map.
 * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 */
export const RunChildren = (): Operation<Input, void> => ({
  authorize: ({ stateMachineArn, redriven }) =>
    redriven === undefined
      ? [{ action: 'states:StartExecution', resource: String(stateMachineArn) }]
      : [{ action: 'states:RedriveExecution', resource: redriven }],

  handle: async () => undefined,
});
