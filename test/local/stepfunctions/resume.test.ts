import fc from 'fast-check';
import type { StateMachine } from '../../../lib/asl/types';
import { Data } from '../../../lib/local/stepfunctions/data';
import type { EventRecord, JournalRecord } from '../../../lib/local/stepfunctions/history';
import { fold, pendingTokens } from '../../../lib/local/stepfunctions/resume';
import { answer, machines } from './machines';
import { compile, createWorld, payloadOf, run, type World } from './support';

/** Places to be killed at in a history that is longer. */
const KILLS = 40;

const withoutToken = (parameters: string) => parameters.replace(/"token-\d+"/, '"token"');
const parametersIn = (details: EventRecord['details']) => payloadOf(JSON.parse(String(details?.parameters)));
const parametersOf = (call: string) => withoutToken(call.slice(call.indexOf('(') + 1, -1));

/** The parameters of the attempts that no one has to make again: ended, or waiting for a token that was given out. */
function settledAttempts(records: readonly JournalRecord[]): string[] {
  const scheduled = new Map<string, string>();
  const settled: string[] = [];
  const waiting = new Map<string, string>();
  for (const record of records) {
    if (!('id' in record)) continue;
    const { thread, type, details } = record;
    if (type === 'TaskScheduled') scheduled.set(thread, withoutToken(JSON.stringify(parametersIn(details))));
    if (type === 'TaskSubmitted') waiting.set(thread, scheduled.get(thread)!);
    if (/^Task(Succeeded|Failed|TimedOut)$/.test(type)) {
      waiting.delete(thread);
      settled.push(scheduled.get(thread)!);
    }
  }
  return [...settled, ...waiting.values()];
}

/** Who was given a token before the kill still has it. */
async function answerTokens({ host }: World, records: readonly JournalRecord[]): Promise<void> {
  const { events } = fold(records);
  const submitted = new Set(events.filter(({ type }) => type === 'TaskSubmitted').map(({ previous }) => previous - 1));
  const tokens = events.filter(({ id, extra }) => extra?.token !== undefined && submitted.has(id));
  const pending = new Set(pendingTokens(fold(records)));
  for (const { extra, details } of tokens) {
    const token = extra!.token!;
    if (!pending.has(token)) continue;
    let waiter = await host.tokens.get(token);
    while (!waiter) {
      await new Promise((resolve) => setImmediate(resolve));
      waiter = await host.tokens.get(token);
    }
    await waiter.succeed(Data.of(answer(parametersIn(details) as never)));
  }
}

const world = () => createWorld({}, { otherwise: answer });

async function killEverywhere(definition: StateMachine, input: unknown): Promise<void> {
  const machine = compile(definition);
  const before = world();
  const whole = await run(machine, input, { world: before });
  const calls = before.calls.map(parametersOf);
  // Every event of a short history, so many of a long one.
  const stride = Math.max(1, Math.floor(whole.records.length / KILLS));

  for (let killed = 1; killed < whole.records.length; killed += stride) {
    const from = whole.records.slice(0, killed);
    const after = world();
    const resuming = run(machine, input, { world: after, from });
    await answerTokens(after, from);
    const resumed = await resuming;

    expect(resumed.end).toEqual(whole.end);
    // Each attempt is made once: before the kill, or after it.
    expect([...settledAttempts(from), ...after.calls.map(parametersOf)].sort()).toEqual(calls.slice().sort());
    // Nothing is done that the whole run did not do, and history has every event once.
    expect(resumed.execution.events.map(({ id }) => id)).toEqual(resumed.execution.events.map((_, index) => index + 1));
    expect(resumed.execution.events.map(({ type }) => type).sort()).toEqual(
      whole.execution.events.map(({ type }) => type).sort(),
    );
  }
}

test('random machines end alike wherever they are killed, and no finished task runs again', async () => {
  await fc.assert(
    fc.asyncProperty(machines, fc.jsonValue({ maxDepth: 1 }), async (definition, input) => {
      await killEverywhere(definition, input);
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 15) },
  );
});

test('a token that was given out before the kill still ends the task after it', async () => {
  const definition: StateMachine = {
    QueryLanguage: 'JSONata',
    StartAt: 'Ask',
    States: {
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { token: '{% $states.context.Task.Token %}' },
        End: true,
      },
    },
  };
  const before = createWorld({ Ask: [{ token: { after: 100, output: 1 } }] });
  const { records } = await run(definition, {}, { world: before });
  const submitted = records.findIndex((record) => 'id' in record && record.type === 'TaskSubmitted');
  const token = String((records[submitted - 2] as { extra?: { token?: string } }).extra?.token);
  const after = createWorld({
    Ask: () => {
      throw new Error('called again');
    },
  });

  const resumed = run(definition, {}, { world: after, from: records.slice(0, submitted + 1) });
  await new Promise((resolve) => setImmediate(resolve));
  await (await after.host.tokens.get(token))!.succeed(Data.of('late'));

  expect((await resumed).end).toEqual({ status: 'SUCCEEDED', output: '"late"' });
  expect(after.calls).toEqual([]);
});
