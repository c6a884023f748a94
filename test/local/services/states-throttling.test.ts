import type { CallContext, Operation } from '../../../lib/local/service';
import { throttled } from '../../../lib/local/services/states/throttling';

const operation: Operation<{ stateMachineArn?: string }, string> = {
  authorize: () => [],
  handle: async () => 'answer',
};
let now: number;
const context = { cloud: { clock: { now: () => now } } } as unknown as CallContext;

beforeEach(() => {
  now = 1_000_000;
});

/** How many of so many calls are answered before one is refused. */
async function answered(
  name: string,
  calls: number,
  limited = of(name),
  stateMachineArn = 'standard',
): Promise<number> {
  for (let call = 0; call < calls; call++) {
    const refused = await limited.handle({ stateMachineArn }, context).then(
      () => undefined,
      (error: Error) => error,
    );
    if (!refused) continue;
    expect(refused).toMatchObject({ code: 'ThrottlingException', message: 'Rate exceeded' });
    return call;
  }
  return calls;
}

const of = (name: string) => throttled(name, operation, (arn) => arn === 'express');

test('a bucket is taken from until it is empty, and fills with time', async () => {
  const limited = of('DescribeExecution');

  expect(await answered('DescribeExecution', 1_000, limited)).toBe(300);
  now += 2_000;
  expect(await answered('DescribeExecution', 1_000, limited)).toBe(30);
  now += 3_600_000;
  expect(await answered('DescribeExecution', 1_000, limited)).toBe(300);
});

test('Express executions may be started more often, each from a bucket of their own', async () => {
  const limited = of('StartExecution');

  expect(await answered('StartExecution', 10_000, limited)).toBe(1_300);
  expect(await answered('StartExecution', 10_000, limited, 'express')).toBe(6_000);
});

test('what AWS does not list is not limited', async () => {
  expect(await answered('StartSyncExecution', 10_000)).toBe(10_000);
});
