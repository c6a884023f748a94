import { lint } from '../../lib/asl';
import { compile } from '../../lib/compiler';
import { type Cron, cron, definePipeline, minutes, type Overlap } from '../../lib/pipeline';
import { shop } from '../pipeline/definitions';
import { compileModels } from './compile';

const SQL = { lines: 'SELECT id, note FROM orders' };
const compiled = (overlap?: Overlap, rest: object = {}) =>
  compileModels(SQL, { ...(overlap ? { overlap } : {}), ...rest });
const scheduled = (overlap: Overlap, options: Partial<Cron> = {}) => {
  const { sources, ...rest } = shop();
  const orders = { ...sources.orders, files: [{ ...sources.orders.files[0], glob: 'orders/{yyyy}-{MM}-{dd}.csv' }] };
  const trigger = cron('0 1 * * *', options);
  return compile(definePipeline({ ...rest, sources: { orders }, trigger, overlap }), { folder: __dirname });
};

test("overlap 'allow' is what there is without it", async () => {
  expect(await compiled('allow')).toEqual(await compiled());
});

test('a run that is admitted waits for its turn, for as long as it takes, and its timeout counts from then', async () => {
  const { definition, takesTurns } = await compiled({ policy: 'queue', maxActive: 2 }, { timeout: minutes(30) });
  const { Admit: _, 'Admitted?': admitted, Turn } = definition.States;
  expect(takesTurns).toBe(true);
  expect(lint(definition)).toEqual([]);
  expect(admitted).toMatchObject({ Choices: [{ Next: 'Turn' }], Default: 'Skipped' });
  expect(Turn).toEqual({
    Type: 'Task',
    Comment: 'Until fewer others are at work than may be at once',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a substitution
      FunctionName: '${TurnFunctionArn}',
      Payload: {
        pipeline: 'shop',
        execution: {
          arn: '{% $states.context.Execution.Id %}',
          name: '{% $states.context.Execution.Name %}',
          redrives:
            '{% $exists($states.context.Execution.RedriveCount) ? $states.context.Execution.RedriveCount : 0 %}',
          retries: '{% $exists($states.context.State.RetryCount) ? $states.context.State.RetryCount : 0 %}',
        },
        policy: 'queue',
        maxActive: 2,
        timeoutSeconds: 1800,
        arrival: '{% $run.arrival %}',
        trigger: '{% $states.context.Execution.Input %}',
        taskToken: '{% $states.context.Task.Token %}',
      },
    },
    TimeoutSeconds: 30 * 86_400,
    Retry: expect.arrayContaining([
      { Comment: 'It has waited long enough', ErrorEquals: ['States.Timeout'], MaxAttempts: 0 },
    ]),
    // partitions by source
    Output: '{% $states.input %}',
    Next: 'Extract',
  });
  expect(definition.TimeoutSeconds).toBe(1800 + 30 * 86_400);
  expect(definition.States.Record).toMatchObject({ Arguments: { Payload: { turn: true } } });
});

test('a run of a schedule that is skipped ends there, and has nothing extracted', async () => {
  const { definition } = await scheduled('skip');
  expect(lint(definition)).toEqual([]);
  expect(definition.States.Turn).toMatchObject({ Output: '{% $states.result %}', Next: 'Has turn?' });
  expect(definition.States['Has turn?']).toEqual({
    Type: 'Choice',
    Choices: [{ Condition: "{% $states.input.outcome = 'taken' %}", Output: {}, Next: 'Extract' }],
    Default: 'Skipped',
  });
});

test('what gives turns on may change them, and complete the tasks of those that wait; no other function may', async () => {
  const { functions } = await compiled('queue');
  const deals = functions.filter(({ grants }) => grants.some(({ grant }) => grant === 'turns'));
  expect(deals.map(({ task }) => task)).toEqual(['turn', 'record']);
  expect(deals[0]).toMatchObject({
    environment: ['LEDGER_TABLE'],
    grants: [
      { grant: 'turns' },
      { grant: 'readExecutions' },
      { grant: 'completeTasks' },
      { grant: 'ledger', keys: ['pipeline#shop'] },
    ],
  });
});
