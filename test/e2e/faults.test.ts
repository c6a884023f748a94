/**
 * Many runs of all pipelines in a cloud where things go wrong at random: functions die in the middle of their work, calls are throttled,
 * answers are lost, services are down for a while, events come twice, and the cloud as a whole is killed. What fails is redriven or started
 * anew. In the end each table is as if nothing had happened, and each attempt that failed was told of once.
 *
 * The seed is printed at the start. `SEED=1001 RUNS=60 npx jest --runInBand test/e2e/faults` runs its set again: the same files, moments to kill
 * and draws of faults. Which call a draw hits is a matter of time, so a failure may need a few sets, or as busy a machine, to come again.
 */
import { writeSync } from 'node:fs';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { citizensLane } from './faults/citizens';
import { ecommerceLane } from './faults/ecommerce';
import type { FaultKind } from './faults/injector';
import type { Lane } from './faults/lane';
import { ordersLane } from './faults/orders';
import { weatherLane } from './faults/weather';
import { createWorld, type World } from './faults/world';
import { randomOf, whole } from './order-files';
import { mails, pause, until } from './orders-cloud';

/** Other faults each time, unless told. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e6));
/** `npm run test:faults` has 200. */
const RUNS = Number(process.env.RUNS);
const PERCENT = 2;
const KILLS = RUNS < 100 ? 1 : 4;
const SHARE = { orders: 0.62, weather: 0.2, citizens: 0.12, ecommerce: 0.06 };
const countOf = (pipeline: string) => Math.ceil(RUNS * SHARE[pipeline as keyof typeof SHARE]);

// Nothing here is measured: a busy machine may take its time, ten times that of one with nothing else to do.
jest.setTimeout(600_000 + RUNS * 20_000);

let lanes: Lane[];
let world: World;

beforeAll(async () => {
  // Now, as one that hangs has no end at which jest would print it.
  writeSync(2, `${RUNS} runs with faults: SEED=${SEED}\n`);
  lanes = [
    ordersLane(SEED),
    await weatherLane(),
    await citizensLane(randomOf(SEED + 1)),
    await ecommerceLane(countOf('ecommerce')),
  ];
  process.env.STEPWELL_ORIGINS = JSON.stringify(Object.assign({}, ...lanes.map(({ origins }) => origins)));
  world = await createWorld({ pipelines: lanes, random: randomOf(SEED + 3), percent: PERCENT });
  const client = new SecretsManagerClient(world.client);
  for (const [name, value] of lanes.flatMap(({ secrets }) => Object.entries(secrets))) {
    const command = new CreateSecretCommand({ Name: `stepwell/${name}`, SecretString: JSON.stringify(value) });
    await client.send(command);
  }
  client.destroy();
});
afterAll(async () => {
  delete process.env.STEPWELL_ORIGINS;
  await world?.stop();
  await Promise.all((lanes ?? []).map((lane) => lane.close()));
});

test(`${RUNS} runs end as if nothing had gone wrong, and each failed attempt was told of (seed ${SEED})`, async () => {
  let isDone = false;
  const done = Promise.all(lanes.map((lane) => lane.run(world, countOf(lane.pipeline.name)))).finally(() => {
    isDone = true;
  });
  const swept = new AbortController();
  const sweeping = world.sweepNowAndThen(swept.signal);
  const working = Promise.all([done, killNowAndThen(() => isDone)]).finally(() => swept.abort());
  // At once, whichever fails: without its sweeper a run may wait for very long.
  await Promise.all([working, sweeping]);
  world.calm();

  const kinds = new Set(world.faults().map(({ kind }) => kind));
  const every: FaultKind[] = ['crash before', 'crash after', 'throttle', 'lost answer', 'outage', 'duplicate event'];
  // Of a few runs some kinds may not have come about.
  if (RUNS >= 100) expect([...kinds].sort()).toEqual(every.sort());
  else expect(kinds.size).toBeGreaterThan(0);
  for (const lane of lanes) await lane.expectTables(world);
  for (const { pipeline } of lanes) await expectTold(pipeline.name);
});

/** At moments of the work, not of the clock: when so many runs have begun. */
async function killNowAndThen(isDone: () => boolean): Promise<void> {
  const random = randomOf(SEED + 2);
  const moments = Array.from({ length: KILLS }, () => whole(random, Math.ceil(RUNS * 0.05), Math.floor(RUNS * 0.8)));
  for (const moment of moments.sort((a, b) => a - b)) {
    for (;;) {
      if (isDone()) return;
      const begun = await Promise.all(lanes.map(({ pipeline }) => world.executions(pipeline.name)));
      if (begun.flat().length >= moment) break;
      await pause(300);
    }
    await pause(whole(random, 0, 1000));
    await world.kill();
  }
}

/** A mail for each attempt that failed; a second one only where a fault hit the reports themselves, so that nobody could know of the first. */
async function expectTold(pipeline: string): Promise<void> {
  const isReportHit = world
    .faults()
    .some(({ caller, kind }) => caller.includes('ReportFailure') && kind !== 'throttle');
  const twice: string[] = [];
  for (const arn of await world.executions(pipeline)) {
    const name = arn.split(':').at(-1)!;
    const attempts = await world.failures(arn);
    const ofRun = new RegExp(`^Run: {7}${name}( \\(|$)`, 'm');
    const told = () =>
      mails(world.stateDir, name).filter(
        ({ subject, text }) => subject.includes(` ${pipeline} failed at `) && ofRun.test(text),
      );
    if (attempts === 0) expect({ name, mails: told().length }).toEqual({ name, mails: 0 });
    else await until(() => (told().length >= attempts ? true : undefined));
    if (told().length > attempts) twice.push(name);
  }
  expect({ pipeline, twice: isReportHit ? [] : twice }).toEqual({ pipeline, twice: [] });
}
