/**
 * "A retry resubmits a Redshift statement whose first submission still runs", and "the completion event never comes": every order in
 * which an attempt, its answer, its retry and the event can follow each other.
 */
import { ListStatementsCommand } from '@aws-sdk/client-redshift-data';
import { finish } from '../../lambdas/redshift-statement-finished/finish';
import { getItem, ledgerKeys, updateItem } from '../../lambdas/shared/ledger';
import { describe as describeStatement } from '../../lambdas/shared/redshift';
import { clientToken, type StatementItem } from '../../lambdas/shared/statement-item';
import { outcomeOf } from '../../lambdas/shared/statement-outcome';
import { type Statement, type StatementServices, submitOrAttach } from '../../lambdas/shared/statements';
import { sweepStatements } from '../../lambdas/sweep/sweep-statements';
import { type RedshiftCloud, startRedshiftCloud } from '../lambdas/redshift';

let cloud: RedshiftCloud;
let tests = 0;
let statement: Statement;

beforeAll(async () => {
  cloud = await startRedshiftCloud();
  await cloud.query('CREATE TABLE analytics.marks (test integer)');
  await cloud.query('GRANT ALL ON analytics.marks TO stepwell_orders');
});
afterAll(() => cloud.close());
beforeEach(() => {
  tests += 1;
  const test = tests;
  statement = {
    key: `stepwell/orders/${test}`,
    pipeline: 'orders',
    kind: 'load',
    label: `the load of test ${test}`,
    output: { sink: 'redshift:analytics.marks', rows: 1, staging: 'stepwell_orders.stg' },
    sqls: () => [`INSERT INTO analytics.marks VALUES (${test})`, 'SELECT 1'],
  };
});

const attempt = (token: string, services: StatementServices = cloud.statements, of = statement) =>
  submitOrAttach(of, token, services);
const item = async () => (await getItem<StatementItem>(cloud.ledger, ledgerKeys.statement(statement.key)))!;
const event = (submission = 1) => cloud.eventOf(`${statement.key}.${submission}`);
const marks = async () =>
  Number((await cloud.query(`SELECT COUNT(*) FROM analytics.marks WHERE test = ${tests}`))[0]![0]);
async function submissions(): Promise<number> {
  const { Statements } = await cloud.redshiftData.send(
    new ListStatementsCommand({ StatementName: `${statement.key}.`, Status: 'ALL', RoleLevel: false }),
  );
  return Statements!.length;
}

test('a retry while the statement runs attaches its token; the end completes the retry, and the statement ran once', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];

  await cloud.whileLocked('analytics.marks', async () => {
    expect(await attempt(first.token)).toBe('submitted');
    expect(await attempt(second.token)).toBe('attached');
  });
  await cloud.deliver(await event());

  expect(await second.result()).toEqual({ output: statement.output });
  expect(await submissions()).toBe(1);
  expect(await marks()).toBe(1);
});

test('a retry after the end completes at once, also where the event is still on its way', async () => {
  const [first, second, third] = [await cloud.waitingTask(), await cloud.waitingTask(), await cloud.waitingTask()];
  await attempt(first.token);
  const end = await event();

  expect(await attempt(second.token)).toBe('completed');
  expect(await second.result()).toEqual({ output: statement.output });
  expect(await cloud.deliver(end)).toMatch(/^ignored/);
  expect(await attempt(third.token)).toBe('completed');
  expect(await third.result()).toEqual({ output: statement.output });
  expect(await marks()).toBe(1);
});

test('a statement that failed is submitted anew, and the old event does not touch the new attempt', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  const broken = { ...statement, sqls: () => ['SELECT * FROM analytics.missing', 'SELECT 1'] };
  await attempt(first.token, cloud.statements, broken);
  const failure = await event();
  await cloud.deliver(failure);
  expect(await first.result()).toMatchObject({
    error: 'StatementFailed',
    cause: expect.stringMatching(/^Redshift refused the load of test \d+: .*missing/),
  });

  await cloud.whileLocked('analytics.marks', async () => {
    expect(await attempt(second.token)).toBe('submitted');
    expect(await cloud.deliver(failure)).toBe('ignored: submission 1 is past, 2 counts');
  });
  await cloud.deliver(await event(2));

  expect(await second.result()).toEqual({ output: statement.output });
  expect(await item()).toMatchObject({ submission: 2, status: 'FINISHED' });
});

test('a statement that was cancelled is worth a retry, which submits it anew', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  await cloud.whileLocked('analytics.marks', async () => {
    await attempt(first.token);
    await cloud.cancel((await item()).statementId!);
    await cloud.deliver(await event());
  });

  expect(await first.result()).toMatchObject({ error: 'RedshiftTransient' });
  expect(await attempt(second.token)).toBe('submitted');
  await cloud.deliver(await event(2));
  expect(await second.result()).toEqual({ output: statement.output });
  expect(await marks()).toBe(1);
});

test('where the answer to the submission was lost, the retry submits with the same client token and so runs nothing twice', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  await cloud.whileLocked('analytics.marks', async () => {
    await expect(attempt(first.token, losingAnswers(cloud.statements))).rejects.toThrow('the connection broke');
    expect(await item()).toMatchObject({ status: 'SUBMITTING', submission: 1 });

    expect(await attempt(second.token)).toBe('submitted');
  });
  await cloud.deliver(await event());

  expect(await second.result()).toEqual({ output: statement.output });
  expect(await submissions()).toBe(1);
  expect(await marks()).toBe(1);
});

test('an event that comes before the id is saved completes the task; the late save changes nothing', async () => {
  const task = await cloud.waitingTask();
  let submitted: Promise<string> | undefined;

  await attempt(task.token, {
    ...cloud.statements,
    redshift: {
      ...cloud.redshift,
      client: intercepted(async (send) => {
        const answer = await send();
        // The function sleeps here: the statement ends, and its event is handled, before the id is in the ledger.
        submitted = cloud.deliver(await event());
        expect(await submitted).toBe('completed');
        return answer;
      }),
    },
  });

  expect(await task.result()).toEqual({ output: statement.output });
  expect(await item()).toMatchObject({ status: 'FINISHED', statementId: expect.any(String) });
});

test('an attempt that wakes up after its retry has finished runs nothing again', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  let wake: () => void = () => {};
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const zombie = attempt(first.token, {
    ...cloud.statements,
    redshift: {
      ...cloud.redshift,
      client: intercepted(async (send) => {
        await asleep;
        return send();
      }),
    },
  });
  await until(async () => (await item())?.status === 'SUBMITTING');
  await attempt(second.token);
  await cloud.deliver(await event());
  wake();
  await zombie;

  expect(await second.result()).toEqual({ output: statement.output });
  expect(await marks()).toBe(1);
  expect(await item()).toMatchObject({ status: 'FINISHED' });
});

test('a token that comes between the telling and the marking is told as well', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  await cloud.whileLocked('analytics.marks', () => attempt(first.token));
  const end = await event();
  let attached: string | undefined;

  const told = cloud.statements.stepFunctions;
  await finish('orders', { detail: end.detail } as never, {
    ...cloud.statements,
    stepFunctions: {
      send: async (command: never) => {
        const answer = await told.send(command);
        if (attached === undefined) {
          attached = 'now';
          attached = await attempt(second.token);
        }
        return answer;
      },
    } as never,
  });

  expect(await second.result()).toEqual({ output: statement.output });
  expect(await marks()).toBe(1);
});

test('a token that comes between the telling and the marking, from an attempt that saw the statement run, is told as well', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  await cloud.whileLocked('analytics.marks', () => attempt(first.token));
  const end = await event();
  // It has asked Redshift just before the end, and comes to the ledger just after.
  const outOfDate = {
    ...cloud.statements,
    redshift: {
      ...cloud.redshift,
      client: {
        send: async (command: { constructor: { name: string } }) => {
          const answer = await cloud.redshiftData.send(command as never);
          return command.constructor.name === 'DescribeStatementCommand' ? { ...answer, Status: 'STARTED' } : answer;
        },
      } as never,
    },
  };
  let attached: string | undefined;

  await finish('orders', { detail: end.detail } as never, {
    ...cloud.statements,
    stepFunctions: {
      send: async (command: never) => {
        const answer = await cloud.statements.stepFunctions.send(command);
        attached ??= await attempt(second.token, outOfDate);
        return answer;
      },
    } as never,
  });

  expect(attached).toBe('attached');
  expect(await second.result()).toEqual({ output: statement.output });
  expect(await item()).toMatchObject({ status: 'FINISHED' });
});

test.each([
  'ERROR: 1023 DETAIL: Serializable isolation violation on table in Redshift',
  'ERROR: could not serialize access due to concurrent update',
])('a conflict with another transaction is worth a retry: %s', async (error) => {
  const outcome = await outcomeOf(
    { kind: 'publish', label: 'the publication', output: {} } as StatementItem,
    { id: 's', ended: 'FAILED', error, queryIds: [] },
    cloud.redshift,
  );

  expect(outcome).toMatchObject({ error: 'RedshiftTransient' });
});

test('events of statements that the ledger does not know are ignored', async () => {
  const detail = { statementId: 'x', state: 'FINISHED' };

  expect(
    await cloud.deliver({
      source: 'aws.redshift-data',
      detail: { ...detail, statementName: 'stepwell/orders/none.1' },
    }),
  ).toBe('ignored: the ledger has no statement stepwell/orders/none');
  expect(
    await cloud.deliver({ source: 'aws.redshift-data', detail: { ...detail, statementName: 'somebody' } }),
  ).toMatch('is no statement of ours');
});

test('an event of a statement of another pipeline is left to that pipeline', async () => {
  const task = await cloud.waitingTask();
  await attempt(task.token, cloud.statements, { ...statement, pipeline: 'orders-eu' });
  const end = await event();

  expect(await cloud.deliver(end)).toBe('ignored: it is a statement of the pipeline orders-eu');
  expect(await item()).toMatchObject({ status: 'SUBMITTED' });
  expect(await finish('orders-eu', { detail: end.detail } as never, cloud.statements)).toBe('completed');
});

test('a completion event that never comes is made up for by the sweeper', async () => {
  const task = await cloud.waitingTask();
  await attempt(task.token);
  await event();

  expect(await sweep()).toBe(0);
  expect(await sweep(5)).toBe(1);
  expect(await task.result()).toEqual({ output: statement.output });
  expect(await sweep(60)).toBe(0);
});

test.each([1, 2, 3])(
  'a sweep that finds the ledger down at its call number %i is made up for by the next one',
  async (nth) => {
    const task = await cloud.waitingTask();
    await attempt(task.token);
    await event();
    const { ledger, stepFunctions, now } = later(5);
    let calls = 0;
    const send = (command: never) =>
      ++calls === nth ? Promise.reject(new Error('The service is down.')) : ledger.client.send(command);
    const down = { ...ledger, client: { send } as never };

    await expect(sweepStatements({ ledger: down, stepFunctions, now, redshiftAs: cloud.redshiftAs })).rejects.toThrow(
      'The service is down.',
    );
    expect(calls).toBe(nth);
    expect(await sweep(10)).toBe(1);

    expect(await task.result()).toEqual({ output: statement.output });
    expect(await item()).toMatchObject({ status: 'FINISHED', openPk: 'staged' });
    expect(await marks()).toBe(1);
  },
);

test('the sweeper asks as the role that ran the statement, and so learns why it failed; another role is told nothing', async () => {
  const task = await cloud.waitingTask();
  const broken = { ...statement, sqls: () => ['SELECT * FROM analytics.missing', 'SELECT 1'] };
  await attempt(task.token, cloud.statements, broken);
  await event();
  const { statementId, owner } = await item();

  const other = cloud.redshiftAs({ ...owner, roleArn: 'arn:aws:iam::000000000000:role/ASIASWEEP' });
  expect(await describeStatement(other, statementId!)).toBeUndefined();
  expect(await describeStatement(cloud.redshift, statementId!)).toMatchObject({ ended: 'FAILED' });
  expect(await sweep(5)).toBe(1);

  expect(await task.result()).toMatchObject({
    error: 'StatementFailed',
    cause: expect.stringMatching(/^Redshift refused the load of test \d+: .*missing/),
  });
});

test('a statement whose role is gone is given back, so that its task is tried again and says what is wrong', async () => {
  const task = await cloud.waitingTask();
  await attempt(task.token);
  await event();

  expect(await sweepWithoutRole(5)).toBe(1);
  expect(await task.result()).toMatchObject({ error: 'RedshiftTransient' });
});

test('one that was given back, and runs all the same, is swept for the attempt that attaches to it', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  await cloud.whileLocked('analytics.marks', async () => {
    await attempt(first.token);
    expect(await sweepWithoutRole(5)).toBe(1);
    expect(await first.result()).toMatchObject({ error: 'RedshiftTransient' });
    expect(await attempt(second.token, later(6))).toBe('attached');
  });
  // It is lost.
  await event();

  expect(await sweep(15)).toBe(1);
  expect(await second.result()).toEqual({ output: statement.output });
  expect(await submissions()).toBe(1);
});

test('the sweeper leaves a statement alone that still runs, and looks again', async () => {
  const task = await cloud.waitingTask();
  await cloud.whileLocked('analytics.marks', async () => {
    await attempt(task.token);
    expect(await sweep(5)).toBe(0);
    expect((await item()).dueAt! > new Date(later(9).now()).toISOString()).toBe(true);
  });
  await event();

  expect(await sweep(15)).toBe(1);
  expect(await task.result()).toEqual({ output: statement.output });
});

test('the sweeper gives back a task whose function died before it could save the id; its retry finds the same statement', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  await expect(attempt(first.token, losingAnswers(cloud.statements))).rejects.toThrow();
  await event();

  expect(await sweep(5)).toBe(1);
  expect(await first.result()).toMatchObject({ error: 'RedshiftTransient' });
  await attempt(second.token);
  expect(await sweep(10)).toBe(1);

  expect(await second.result()).toEqual({ output: statement.output });
  expect(await submissions()).toBe(1);
  expect(await marks()).toBe(1);
});

test('a statement that Redshift has forgotten is submitted anew', async () => {
  const [first, second] = [await cloud.waitingTask(), await cloud.waitingTask()];
  await attempt(first.token);
  await event();
  await updateItem(cloud.ledger, ledgerKeys.statement(statement.key), {
    statementId: '00000000-0000-4000-8000-000000000000',
  });

  expect(await attempt(second.token)).toBe('submitted');
  await cloud.deliver(await event(2));
  expect(await second.result()).toEqual({ output: statement.output });
});

test('each submission has a client token of its own, of at most 64 characters', () => {
  const key = 'stepwell/orders/0123456789abcdef';

  expect(clientToken({ key, submission: 1 })).toMatch(/^[0-9a-f]{64}$/);
  expect(clientToken({ key, submission: 2 })).not.toBe(clientToken({ key, submission: 1 }));
});

test('twenty attempts at once make one statement', async () => {
  const tasks = await Promise.all(Array.from({ length: 20 }, () => cloud.waitingTask()));

  await cloud.whileLocked('analytics.marks', () => Promise.allSettled(tasks.map(({ token }) => attempt(token))));
  await cloud.deliver(await event());

  expect(await submissions()).toBe(1);
  expect(await marks()).toBe(1);
  const { token } = await item();
  expect(await tasks.find((task) => task.token === token)!.result()).toEqual({ output: statement.output });
});

/** The services, with a Redshift client whose submissions go through `around`. */
function intercepted(around: (send: () => Promise<unknown>) => Promise<unknown>): RedshiftCloud['redshiftData'] {
  return {
    send: (command: { constructor: { name: string } }) => {
      const send = () => cloud.redshift.client.send(command as never) as Promise<unknown>;
      return command.constructor.name === 'BatchExecuteStatementCommand' ? around(send) : send();
    },
  } as never;
}

function losingAnswers(services: StatementServices): StatementServices {
  const client = intercepted(async (send) => {
    await send();
    throw new Error('the connection broke');
  });
  return { ...services, redshift: { ...services.redshift, client } };
}

/** The sweeper has no Redshift of its own to ask about a pipeline's statements. */
function sweep(minutes = 0): Promise<number> {
  const { ledger, stepFunctions, now } = later(minutes);
  return sweepStatements({ ledger, stepFunctions, now, redshiftAs: cloud.redshiftAs });
}

/** The statement's role may not be taken on. */
function sweepWithoutRole(minutes: number): Promise<number> {
  const { ledger, stepFunctions, now } = later(minutes);
  const refused = Object.assign(new Error('not authorized to perform: sts:AssumeRole'), { name: 'AccessDenied' });
  const redshiftAs = () => ({ client: { send: () => Promise.reject(refused) } as never });
  return sweepStatements({ ledger, stepFunctions, now, redshiftAs });
}

function later(minutes: number): StatementServices {
  return { ...cloud.statements, now: () => Date.now() + minutes * 60_000 };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
}
