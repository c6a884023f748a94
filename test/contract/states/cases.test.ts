/**
 * The Amazon States Language by cases: a new one is a new file in `cases/<topic>/` (`case.ts` says what it holds). They run side by
 * side in one local cloud, or on AWS with `REMOTE=1` (`world.ts` says what that needs). `CASES=retry` runs those whose path has that.
 */
import { isRemote } from '../aws';
import { detailsOf, eventLine, expected, type NamedCase, readCases, substitute } from './case';
import { createWorld, type Outcome, type World } from './world';

/** Executions under way at a time. */
const WIDTH = 24;
const TIMEOUT_MS = isRemote ? 600_000 : undefined;

const cases = readCases();
const outcomes = new Map<string, Promise<Outcome>>();
let world: World;

beforeAll(async () => {
  world = await createWorld();
  const waiting: (() => void)[] = [];
  for (const one of cases) {
    const turn = new Promise<void>((resolve) => waiting.push(resolve));
    const outcome = turn.then(() => world.run(one));
    const next = () => waiting.shift()?.();
    outcome.then(next, next);
    outcomes.set(one.id, outcome);
  }
  for (const start of waiting.splice(0, WIDTH)) start();
}, TIMEOUT_MS);

afterAll(async () => {
  await Promise.allSettled(outcomes.values());
  await world?.close();
}, TIMEOUT_MS);

const topics = new Map<string, NamedCase[]>();
for (const one of cases) topics.set(one.topic, [...(topics.get(one.topic) ?? []), one]);

for (const [topic, list] of topics) {
  describe(topic, () => {
    test.each(list.map((one) => [one.name, one] as const))(
      '%s',
      async (_, one) => {
        const outcome = await outcomes.get(one.id)!;

        expect(shown(one, outcome)).toEqual(wanted(one, outcome));
      },
      TIMEOUT_MS,
    );
  });
}

/** What there is of what the case says something about. */
function shown(one: NamedCase, outcome: Outcome): object {
  const { refused, status, output, error, cause, history } = outcome;
  if (refused !== undefined || 'refused' in one) return { refused };
  return {
    status,
    // In the message of a test that fails, these say most.
    ...('error' in one || status !== wantedStatus(one) ? { error: error ?? null } : {}),
    ...('cause' in one || status !== wantedStatus(one) ? { cause: cause ?? null } : {}),
    ...('output' in one ? { output: output === undefined ? undefined : JSON.parse(output) } : {}),
    ...('outputText' in one ? { outputText: output } : {}),
    ...(one.history && {
      history: history.map((event, index) =>
        typeof one.history?.[index] === 'string' ? eventLine(event) : [eventLine(event), detailsOf(event)],
      ),
    }),
    ...(one.events && { events: history.map(({ type }) => type) }),
    ...(one.among && { among: history.map((event) => [event.type, detailsOf(event)]) }),
  };
}

function wanted(one: NamedCase, { values }: Outcome): object {
  if ('refused' in one) return { refused: expected(substitute(one.refused, values)) };
  const { error, cause, output, outputText, history, events, among } = substitute(one, values);
  return {
    status: wantedStatus(one),
    ...('error' in one ? { error: expected(error) } : {}),
    ...('cause' in one ? { cause: expected(cause) } : {}),
    ...('output' in one ? { output: expected(output) } : {}),
    ...('outputText' in one ? { outputText } : {}),
    ...(history && {
      history: history.map((event) => (typeof event === 'string' ? event : [event[0], part(event[1])])),
    }),
    ...(events && { events }),
    ...(among && { among: expect.arrayContaining(among.map(([type, details]) => [type, part(details)])) }),
  };
}

const part = (details: unknown) => expect.objectContaining(expected(details) as object);

const wantedStatus = (one: NamedCase): string =>
  one.status ?? (typeof one.error === 'string' || typeof one.cause === 'string' ? 'FAILED' : 'SUCCEEDED');
