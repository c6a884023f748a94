/**
 * How often an account may call the API, where the cloud is told to hold to it: a bucket of tokens for each operation, as large and as
 * soon full again as in us-east-1 (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). An operation that
 * is not listed is not limited.
 */
import { AwsError, type Operation } from '../../service';

type Quota = readonly [bucket: number, refillPerSecond: number];

const SMALL: Quota = [100, 1];
const ANSWERS: Quota = [3_000, 500];

const QUOTAS: Readonly<Record<string, Quota>> = {
  CreateActivity: SMALL,
  CreateStateMachine: SMALL,
  DeleteActivity: SMALL,
  DeleteStateMachine: SMALL,
  DescribeActivity: [200, 1],
  DescribeExecution: [300, 15],
  DescribeMapRun: [200, 1],
  DescribeStateMachine: [200, 20],
  DescribeStateMachineForExecution: [200, 1],
  GetActivityTask: ANSWERS,
  GetExecutionHistory: [400, 20],
  ListActivities: [100, 10],
  ListExecutions: [200, 5],
  ListStateMachines: [100, 5],
  ListTagsForResource: SMALL,
  SendTaskFailure: ANSWERS,
  SendTaskHeartbeat: ANSWERS,
  SendTaskSuccess: ANSWERS,
  StartExecution: [1_300, 300],
  StopExecution: [1_000, 200],
  TagResource: [200, 1],
  UntagResource: [200, 1],
  UpdateStateMachine: SMALL,
};

const EXPRESS: Quota = [6_000, 6_000];

/** `isExpress` says of an ARN whether its state machine is one, which may be started more often. */
export function throttled<I, O>(
  name: string,
  operation: Operation<I, O>,
  isExpress: (stateMachineArn: unknown) => boolean,
): Operation<I, O> {
  const quota = QUOTAS[name];
  if (!quota) return operation;
  const standard = bucketOf(quota);
  const express = bucketOf(EXPRESS);
  return {
    authorize: operation.authorize,
    handle(input, context) {
      const isOfExpress =
        name === 'StartExecution' && isExpress((input as { stateMachineArn?: unknown }).stateMachineArn);
      const take = isOfExpress ? express : standard;
      if (take(context.cloud.clock.now())) return operation.handle(input, context);
      return Promise.reject(new AwsError('ThrottlingException', 'Rate exceeded'));
    },
  };
}

/** Takes a token, if there is one. */
function bucketOf([size, perSecond]: Quota): (now: number) => boolean {
  let tokens = size;
  let filledAt = 0;
  return (now) => {
    tokens = Math.min(size, tokens + (Math.max(0, now - filledAt) / 1000) * perSecond);
    filledAt = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}
