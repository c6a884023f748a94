/**
 * What the contract cases (`test/contract/states/`) cannot show without waiting, or without tasks that answer as told: each file in
 * `cases/` is a list of machines with what their tasks answer, on a clock that jumps, and what must come of it. A new case is an entry:
 * `states` (the first one is where it starts), `input`, `tasks` (answers by state name), and whatever is to be asserted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QueryLanguage, States } from '../../../lib/asl/types';
import { createWorld, eventLines, run, type Script } from './support';

interface Case {
  readonly name: string;
  /** JSONata unless told. */
  readonly language?: QueryLanguage;
  readonly states: States;
  readonly timeoutSeconds?: number;
  readonly input?: unknown;
  readonly tasks?: Script;
  readonly output?: unknown;
  readonly status?: string;
  readonly error?: string;
  readonly cause?: string;
  /** `<id><<previous> <type> <state>` */
  readonly events?: readonly string[];
  /** The types alone, where ids say nothing more. */
  readonly types?: readonly string[];
  readonly calls?: readonly string[];
  /** How long it took by the clock. */
  readonly seconds?: number;
}

const folder = join(__dirname, 'cases');

for (const file of readdirSync(folder).sort()) {
  const cases = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[];
  describe(file.replace('.json', ''), () => {
    test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
      const world = createWorld(one.tasks);
      const started = world.clock.now();
      const definition = {
        QueryLanguage: one.language ?? 'JSONata',
        StartAt: Object.keys(one.states)[0]!,
        States: one.states,
        ...(one.timeoutSeconds === undefined ? {} : { TimeoutSeconds: one.timeoutSeconds }),
      } as const;

      const { end, records } = await run(definition, one.input ?? {}, { world });

      const { output, ...rest } = end!;
      const isFailure = one.error !== undefined || one.status !== undefined;
      expect({ ...rest, ...(output === undefined ? {} : { output: JSON.parse(output) }) }).toEqual({
        status: one.status ?? (isFailure ? 'FAILED' : 'SUCCEEDED'),
        ...('output' in one ? { output: one.output } : isFailure ? {} : { output: expect.anything() }),
        ...(one.error === undefined
          ? {}
          : { error: one.error, ...(one.cause === '' ? {} : { cause: one.cause ?? expect.anything() }) }),
      });
      if (one.events) expect(eventLines(records)).toEqual(one.events);
      if (one.types) expect(eventLines(records).map((line) => line.replace(/^\S+ /, ''))).toEqual(one.types);
      if (one.calls) expect(world.calls).toEqual(one.calls);
      if (one.seconds !== undefined) expect((world.clock.now() - started) / 1000).toBe(one.seconds);
    });
  });
}
