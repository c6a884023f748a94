import { compile } from '../../lib/compiler';
import { type Cron, cron, definePipeline } from '../../lib/pipeline';
import { shop } from '../pipeline/definitions';

function compiled(options: Partial<Cron>) {
  const { sources, ...rest } = shop();
  const orders = { ...sources.orders, files: [{ ...sources.orders.files[0], glob: 'orders/{yyyy}-{MM}-{dd}.csv' }] };
  return compile(definePipeline({ ...rest, sources: { orders }, trigger: cron('0 1 * * *', options) }), {
    folder: __dirname,
  });
}

const admission = async (options: Partial<Cron>) => {
  const { definition, functions } = await compiled(options);
  const { Arguments } = definition.States.Admit as unknown as { Arguments: { Payload: object } };
  return { payload: Arguments.Payload, grants: functions.find(({ task }) => task === 'admit-interval')!.grants };
};

test.each(['all', 'last', 'none'] as const)(
  'Admit is told to catch up %s, and of the schedule as EventBridge has it',
  async (policy) => {
    const { payload, grants } = await admission({ catchUp: policy });
    expect(payload).toMatchObject({ catchUp: { policy, expression: 'cron(0 1 * * ? *)' } });
    // Only who starts other runs may.
    expect(grants.some(({ grant }) => grant === 'startRuns')).toBe(policy === 'all');
  },
);

test('without catchUp there is no word of it', async () => {
  const { payload, grants } = await admission({});
  expect(payload).not.toHaveProperty('catchUp');
  expect(grants.map(({ grant }) => grant)).toEqual(['ledger', 'readExecutions']);
});
