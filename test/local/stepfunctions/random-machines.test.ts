/** Random state machines end as a reference evaluation says, which knows neither states nor events. */
import fc from 'fast-check';
import { StatesError } from '../../../lib/local/stepfunctions/errors';
import type { EventRecord, JournalRecord } from '../../../lib/local/stepfunctions/history';
import { machineOf } from './random/machine';
import { program } from './random/program';
import { type Call, evaluate, TASK_CAUSE, taskResult } from './random/reference';
import { createWorld, run } from './support';

const RUNS = 200;

test('a random state machine ends as the reference says, with a whole history', async () => {
  await fc.assert(
    fc.asyncProperty(program, async (one) => {
      const { machine, nameOf } = machineOf(one);

      const { end, records } = await run(machine, one.input, { world: createWorld({}, { otherwise: answer }) });

      const { output, cause, ...rest } = end!;
      const shown = {
        ...rest,
        ...(output === undefined ? {} : { output: withoutIds(JSON.parse(output)) }),
        // The wording of JSONPath's own errors has cases of its own.
        ...(cause === undefined ? {} : { cause: rest.error === 'States.Runtime' ? '' : withoutIds(cause) }),
      };
      expect(shown).toEqual(evaluate(one, nameOf));
      expectWholeHistory(records);
    }),
    { numRuns: RUNS },
  );
});

function answer({ Payload }: { Payload: Call }): unknown {
  if (Payload.attempt < Payload.fails) throw new StatesError(Payload.error, TASK_CAUSE);
  return { Payload: taskResult(Payload), StatusCode: 200 };
}

const withoutIds = <T>(value: T): T => JSON.parse(JSON.stringify(value).replace(/event id #\d+/g, 'event id #?'));

function expectWholeHistory(records: readonly JournalRecord[]): void {
  const events = records.filter((record): record is EventRecord => 'id' in record);
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ id, previous }) => previous >= id)).toEqual([]);
  expect(events.filter(({ type }) => /^Execution(Succeeded|Failed)$/.test(type))).toHaveLength(1);
}
