import { join } from 'node:path';
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Cloud } from '../../lib/local/cloud';
import { localClientOptions } from '../../lib/operate/local';
import { type Program, startProgram } from '../fixtures/program';
import { type FileReading, readFile, tablesOf } from './independent-reading';
import { createKiller, impatientClock, type Killer } from './killer';
import { csvFile, orderRows, type Random, randomOf, whole } from './order-files';
import { type Addresses, createWorkspace, failureMails, Orders, startIn, until, type Workspace } from './orders-cloud';
import { makeOverdue } from './overdue';
import { readTables } from './tables';

/** Other moments each time; the seed of a failure is in its message. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e6));
const random: Random = randomOf(SEED);

/** Those that the state machine invokes, and the step that does. */
const STEPS: Readonly<Record<string, RegExp>> = {
  Admit: /^Admit$/,
  ExtractFiles: /^Extract file of/,
  Transform: /^Transform /,
  LoadRedshift: /^Load .*redshift/i,
  LoadPostgres: /^Load .*postgres/i,
  PublishLake: /^(Load|Publish) .*lake/i,
  Check: /^Check$/,
  Publish: /^Publish /,
  Record: /^Record$/,
};

let workspace: Workspace;
let cloud: Cloud | undefined;
let orders: Orders;
let killer: Killer;
const clouds: Program<Addresses>[] = [];
const published: FileReading[] = [];
let first = 0;

beforeAll(async () => {
  workspace = await createWorkspace();
  cloud = await startIn(workspace, { clock: impatientClock });
  orders = new Orders(cloud);
  killer = createKiller(cloud);
});
afterAll(async () => {
  orders?.close();
  await cloud?.stop();
  for (const one of clouds) await one.kill();
  workspace?.remove();
});

const ARNS = /function:(.+)$/;
/** The function's name, as the stack has made it. */
function functionOf(id: string): string {
  const resources = ['Stepwell-Orders', 'Stepwell-Foundation'].flatMap((stack) =>
    Object.values(cloud?.resources(stack) ?? {}),
  );
  const found = resources.find(
    ({ type, physicalId }) => type === 'AWS::Lambda::Function' && physicalId.includes(`-${id}Function`),
  );
  if (!found) throw new Error(`There is no function ${id}.`);
  return ARNS.exec(found.physicalId)?.[1] ?? found.physicalId;
}

const ledgerTable = () => orders.output('Stepwell-Foundation', 'LedgerTableName');

/** A file of its own for each run. */
function nextFile(): { key: string; body: Buffer; reading: FileReading } {
  first += 1000;
  const body = csvFile(orderRows({ seed: SEED + first, orders: 20, first }));
  return { key: `orders/${first}.csv`, body, reading: readFile('x.csv', body) };
}

async function expectTablesAsPublished(): Promise<void> {
  const { aurora, ...actual } = await readTables(orders);
  const expected = tablesOf(published);
  expect(actual).toEqual(expected);
  expect(aurora).toEqual(expected.orders);
}

/** What a warm function calls in a run that nobody disturbs. */
const usual = new Map<string, number>();

test('runs that nobody disturbs', async () => {
  for (const _ of ['cold', 'warm']) {
    const { key, body, reading } = nextFile();
    killer.reset();
    expect(await orders.dropAndRun(key, body)).toMatchObject({ status: 'SUCCEEDED' });
    published.push(reading);
  }
  for (const id of [...Object.keys(STEPS), 'RedshiftStatementFinished'])
    usual.set(id, killer.calls(functionOf(id)).length);
  expect([...usual].filter(([, calls]) => calls === 0)).toEqual([]);
  await expectTablesAsPublished();
});

/** A run may make fewer calls than another did: its moment has not come then, and the next run is given one. */
const MOST_RUNS = 6;

test(`each task kind, killed in the middle of its work, is tried again and leaves the tables right (seed ${SEED})`, async () => {
  const killed: string[] = [];
  let unharmed = [...usual];
  for (let run = 0; run < MOST_RUNS && unharmed.length > 0; run++) {
    killer.reset();
    for (const [id, calls] of unharmed)
      killer.aim(functionOf(id), { nth: whole(random, 1, calls), lost: random() < 0.5 });
    const { key, body, reading } = nextFile();
    const ended = await orders.dropAndRun(key, body);
    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    published.push(reading);
    killed.push(...(await killedSteps(ended.arn)));
    unharmed = unharmed.filter(([id]) => killer.hit(functionOf(id)) === undefined);
  }

  expect(unharmed).toEqual([]);
  for (const [id, step] of Object.entries(STEPS))
    expect([id, killed.filter((name) => step.test(name))]).toEqual([id, expect.arrayContaining([expect.any(String)])]);
  await expectTablesAsPublished();
});

/** The steps with an attempt whose function process was killed, as the history tells it. */
async function killedSteps(arn: string): Promise<string[]> {
  const events = await orders.history(arn);
  const byId = new Map(events.map((event) => [event.id, event]));
  return events
    .filter((event) => {
      const { error, cause } = event.taskFailedEventDetails ?? event.taskSubmitFailedEventDetails ?? {};
      return error === 'Runtime.ExitError' && cause?.includes('signal: killed');
    })
    .map((event) => {
      let at = byId.get(event.previousEventId);
      while (at !== undefined && at.stateEnteredEventDetails === undefined) at = byId.get(at.previousEventId);
      return at?.stateEnteredEventDetails?.name ?? '';
    });
}

test(`a report that is killed is made by the next attempt (seed ${SEED})`, async () => {
  const before = await readTables(orders);
  const report = functionOf('ReportFailure');
  const body = csvFile(
    orderRows({ seed: 1, orders: 20, first: 90_000 }).map((row) => ({ ...row, created_at: 'soon' })),
  );
  // The first failure lets an alarm go off, which has the same function look for failures that nobody has told of.
  killer.reset();
  await orders.dropAndRun('orders/bad 0.csv', body);
  await until(() => {
    const looks = killer.calls(report).filter((call) => call === 'states:ListExecutions');
    return looks.length === 3 ? true : undefined;
  });

  killer.reset();
  const undisturbed = await orders.dropAndRun('orders/bad 1.csv', body);
  await until(async () => ((await orders.ledger(undisturbed.name))?.openPk === undefined ? true : undefined));
  const calls = [...killer.calls(report)];
  expect(failureMails(workspace.stateDir, undisturbed.name)).toHaveLength(1);

  let hit: string | undefined;
  for (let run = 0; run < MOST_RUNS && hit === undefined; run++) {
    killer.reset();
    const nth = whole(random, 1, calls.length);
    killer.aim(report, { nth, lost: random() < 0.5 });
    const { name } = await orders.dropAndRun(`orders/bad ${run + 2}.csv`, body);
    const ledger = await until(async () => {
      const item = await orders.ledger(name);
      return item?.status === 'FAILED' && item.openPk === undefined ? item : undefined;
    });
    hit = killer.hit(report);

    expect(ledger).toMatchObject({ status: 'FAILED', error: { name: 'ContractDrift' } });
    const sent = failureMails(workspace.stateDir, name).length;
    // One; a second where the first was sent, but its sender never heard so.
    expect(nth <= calls.indexOf('sns:Publish') ? sent === 1 : sent >= 1 && sent <= 2).toBe(true);
  }
  expect(hit).toEqual(expect.any(String));
  expect(await readTables(orders)).toEqual(before);
});

test(`a sweep that is killed is made up for by the next one (seed ${SEED})`, async () => {
  const events = new EventBridgeClient(localClientOptions(orders.at.endpoint));
  const lambda = new LambdaClient(localClientOptions(orders.at.endpoint));
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  const Names = Rules.flatMap(({ Name = '' }) =>
    /^Stepwell-Orders-EventsRedshiftStatement|-SweepSchedule/.test(Name) ? [Name] : [],
  );
  expect(Names).toHaveLength(2);
  const sweep = functionOf('SweepTask');
  const sweeping = () => lambda.send(new InvokeCommand({ FunctionName: sweep, Payload: '{}' }));
  expect((await sweeping()).FunctionError).toBeUndefined();
  const calls = killer.calls(sweep).length;

  // No event tells of a statement's end, and no sweep but ours looks for one.
  for (const Name of Names) await events.send(new DisableRuleCommand({ Name }));
  const { key, body, reading } = nextFile();
  const drop = await orders.drop(key, body);
  await until(async () => ((await makeOverdue(orders.dynamo, ledgerTable())) === 2 ? true : undefined));
  killer.aim(sweep, { nth: whole(random, 1, calls + 4), lost: random() < 0.5 });
  const killed = await sweeping();
  expect(killer.hit(sweep)).toEqual(expect.any(String));
  expect(killed.FunctionError).toBe('Unhandled');
  expect(Buffer.from(killed.Payload ?? []).toString()).toContain('signal: killed');

  const arn = await orders.startedBy(drop);
  const ending = orders.ended(arn);
  let isEnded = false;
  ending.finally(() => {
    isEnded = true;
  });
  while (!isEnded) {
    await makeOverdue(orders.dynamo, ledgerTable());
    expect((await sweeping()).FunctionError).toBeUndefined();
  }
  expect(await ending).toMatchObject({ status: 'SUCCEEDED' });
  for (const Name of Names) await events.send(new EnableRuleCommand({ Name }));
  published.push(reading);
  await expectTablesAsPublished();
  events.destroy();
  lambda.destroy();
});

test(`the local cloud, killed as a whole, goes on with the run when it is started again (seed ${SEED})`, async () => {
  orders.close();
  await cloud?.stop();
  cloud = undefined;
  const one = launch();
  orders = new Orders(await one.ready);
  const { key, body, reading } = nextFile();
  const drop = await orders.drop(key, body);
  const arn = await orders.startedBy(drop);
  const step = ['Admit', 'Extract', 'Load', 'Check', 'Publish', 'Record'][whole(random, 0, 5)];
  await until(async () =>
    (await orders.history(arn)).find(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === step),
  );
  await new Promise((resolve) => setTimeout(resolve, whole(random, 0, 300)));
  await one.kill();
  orders.close();

  orders = new Orders(await launch().ready);
  expect(await orders.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
  published.push(reading);
  await expectTablesAsPublished();
});

function launch(): Program<Addresses> {
  const main = join(__dirname, '..', 'local', 'cloud', 'main.ts');
  const one = startProgram<Addresses>(main, [workspace.assembly, workspace.stateDir]);
  clouds.push(one);
  return one;
}
