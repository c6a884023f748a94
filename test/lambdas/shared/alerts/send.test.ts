import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { type AlertServices, sendAlert } from '../../../../lambdas/shared/alerts/send';
import { sweepAlerts } from '../../../../lambdas/sweep/sweep-alerts';
import type { Alert } from '../../../../lib/tasks/alert';
import { type LambdaCloud, startLambdaCloud } from '../../cloud';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let cloud: LambdaCloud;
let pipelines = 0;
let pipeline: string;
let time: number;
/** as a pipeline's `alerts` say */
let atOnce: number | undefined;
let mails: { subject: string; text: string; attributes: Record<string, string | undefined>; document: unknown }[];

beforeAll(async () => {
  cloud = await startLambdaCloud();
});
afterAll(() => cloud.close());
beforeEach(() => begin());

function begin() {
  pipelines += 1;
  pipeline = `p${pipelines}`;
  time = Date.parse('2026-03-05T01:00:00.000Z');
  mails = [];
  atOnce = undefined;
}

const received = ({ input }: PublishCommand) => {
  const { Subject = '', Message = '', MessageAttributes = {} } = input;
  const { default: text, lambda } = JSON.parse(Message);
  const attributes = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
  );
  // The sweeper comes by for the pipelines of other tests as well.
  if (attributes.pipeline === pipeline)
    mails.push({ subject: Subject, text, attributes, document: JSON.parse(lambda) });
};

interface Trouble {
  /** before the call reaches SNS, or after: its answer is lost */
  readonly sns?: 'before' | 'after' | undefined;
}

const services = (requestId = 'request-1', { sns }: Trouble = {}): AlertServices => ({
  ledger: cloud.ledger,
  topicArn: (of) => `arn:aws:sns:us-east-1:000000000000:stepwell-${of}-alerts`,
  requestId,
  now: () => time,
  atOnce,
  sns: {
    send: async (command: PublishCommand) => {
      if (sns === 'before') throw new Error('SNS is down');
      received(command);
      if (sns === 'after') throw new Error('The answer is lost');
      return {};
    },
  } as unknown as SNSClient,
});

const failure = (n: number | string = 1): Alert => ({
  kind: 'failure',
  severity: 'error',
  pipeline,
  runId: `run-${n}`,
  title: `${pipeline} failed at Check: CheckFailed`,
  lines: [`The run ${n} has failed.`],
  command: `npx stepwell redrive ${pipeline} run-${n}`,
  dedupeKey: `run-${n}#0`,
});

test('an alert is a mail for people, a document for functions, and attributes to choose by', async () => {
  expect(await sendAlert(failure(), services())).toBe('sent');

  expect(mails).toEqual([
    {
      subject: `[Stepwell] ${pipeline} failed at Check: CheckFailed`,
      text: `${pipeline} failed at Check: CheckFailed.\n\nThe run 1 has failed.\n\nWhat to do\n  npx stepwell redrive ${pipeline} run-1\n`,
      attributes: { kind: 'failure', severity: 'error', pipeline },
      document: failure(),
    },
  ]);
});

test('the same alert is sent once, another one of the kind as well', async () => {
  expect(await sendAlert(failure(1), services('a'))).toBe('sent');
  expect(await sendAlert(failure(1), services('b'))).toBe('sent before');
  expect(await sendAlert({ ...failure(1), dedupeKey: 'run-1#1' }, services('c'))).toBe('sent');
  expect(mails).toHaveLength(2);
});

test('what could not be sent is sent by the retry at once, and by another after a while', async () => {
  await expect(sendAlert(failure(), services('a', { sns: 'before' }))).rejects.toThrow('SNS is down');
  expect(await sendAlert(failure(), services('b'))).toBe('being sent');
  await expect(sendAlert(failure(), services('a', { sns: 'before' }))).rejects.toThrow('SNS is down');
  time += 3 * MINUTE;
  expect(await sendAlert(failure(), services('b'))).toBe('sent');
  expect(mails).toHaveLength(1);
});

test('however events are doubled and calls fail, an alert is sent, and twice only where an answer of SNS was lost', async () => {
  const attempt = fc.record({
    who: fc.integer({ min: 0, max: 3 }),
    trouble: fc.constantFrom(undefined, undefined, 'before' as const, 'after' as const),
    together: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 6 }), async (attempts) => {
      begin();
      let lost = 0;
      const running: Promise<unknown>[] = [];
      for (const [n, { who, trouble, together }] of attempts.entries()) {
        // Only a retry has the request id of another, and that one has ended.
        const requestId = together ? `alone-${n}` : `request-${who}`;
        const sending = sendAlert(failure(), services(requestId, { sns: trouble })).catch(({ message }) => {
          if (message === 'The answer is lost') lost += 1;
        });
        running.push(sending);
        if (!together) await Promise.all(running);
      }
      await Promise.all(running);
      // Whoever has the event last, and finds nothing wrong.
      time += 5 * MINUTE;
      await sendAlert(failure(), services('last'));

      expect(mails.length).toBeGreaterThanOrEqual(1);
      expect(mails.length).toBeLessThanOrEqual(1 + lost);
    }),
    { numRuns: 12 },
  );
});

test('of functions that raise the same alert at once, one sends it', async () => {
  const outcomes = await Promise.all(Array.from({ length: 12 }, (_, n) => sendAlert(failure(), services(`r${n}`))));
  expect(outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(1);
  expect(mails).toHaveLength(1);
});

describe('a pipeline that fails and fails', () => {
  let runs = 0;
  /** Fails every so many minutes, and then the sweeper comes by. */
  async function failing(everyMinutes: number, forHours: number): Promise<void> {
    for (const until = time + forHours * HOUR; time < until; time += everyMinutes * MINUTE) {
      await sendAlert(failure(++runs), services(`r${runs}`));
      await sweepAlerts(services(`sweep-${runs}`));
    }
  }
  const told = () => new Set(mails.flatMap(({ text }) => text.match(/run-\d+/g) ?? []));
  beforeEach(() => {
    atOnce = 10;
  });

  test('unless it says otherwise, a hundred failures are told one by one, and ten of what only wants a look', async () => {
    atOnce = undefined;
    for (let n = 0; n < 103; n++) await sendAlert(failure(n), services(`r${n}`));
    expect(mails).toHaveLength(100);
    mails = [];
    for (let n = 0; n < 12; n++) await sendAlert({ ...failure(n), kind: 'quarantine' }, services(`q${n}`));
    expect(mails).toHaveLength(10);
  });

  test('three an hour for a day: ten mails, then fewer and fewer, and each run in one of them', async () => {
    await failing(20, 24);

    expect(mails).toHaveLength(13);
    const together = mails.slice(10).map(({ subject }) => subject);
    expect(together).toEqual([
      `[Stepwell] ${pipeline}: 3 more failed runs since 2026-03-05 04:20 UTC`,
      `[Stepwell] ${pipeline}: 12 more failed runs since 2026-03-05 05:20 UTC`,
      `[Stepwell] ${pipeline}: 36 more failed runs since 2026-03-05 09:20 UTC`,
    ]);
    expect(told().size).toBe(10 + 3 + 12 + 36);
  });

  test('once a night: each has a mail of its own', async () => {
    await failing(24 * 60, 5 * 24);
    expect(mails).toHaveLength(5);
    expect(mails.every(({ subject }) => subject.includes('failed at Check'))).toBe(true);
  });

  test('after half a day without one, the next ones are told at once again', async () => {
    await failing(5, 1);
    expect(mails).toHaveLength(10);
    time += 13 * HOUR;
    await sweepAlerts(services('later'));
    expect(mails).toHaveLength(11);
    time += 13 * HOUR;
    mails = [];
    await failing(5, 0.5);
    expect(mails).toHaveLength(6);
  });

  test('one after many waits no longer than for its time', async () => {
    await failing(5, 1);
    mails = [];
    time += 2 * HOUR;
    await sweepAlerts(services('s1'));
    expect(mails.map(({ subject }) => subject)).toEqual([
      `[Stepwell] ${pipeline}: 2 more failed runs since 2026-03-05 01:50 UTC`,
    ]);
    time += 5 * HOUR;
    expect(await sendAlert(failure('late'), services())).toBe('sent');
  });

  test('what is gathered is told once, though the function dies after it was sent', async () => {
    await failing(5, 1);
    mails = [];
    time += 2 * HOUR;
    await expect(sweepAlerts(services('s1', { sns: 'before' }))).rejects.toThrow('SNS is down');
    expect(await sweepAlerts(services('s2'))).toBe(0);
    time += 5 * MINUTE;
    expect(await sweepAlerts(services('s3'))).toBe(1);
    expect(await sweepAlerts(services('s4'))).toBe(0);
    expect(mails).toHaveLength(1);
  });

  test('many at once: none is lost', async () => {
    const outcomes = await Promise.all(Array.from({ length: 15 }, (_, n) => sendAlert(failure(n), services(`r${n}`))));
    expect(outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'gathered')).toHaveLength(5);
    time += 2 * HOUR;
    await sweepAlerts(services('sweep'));
    expect(told().size).toBe(15);
  });

  test('another kind, and recoveries, are told all the same', async () => {
    await failing(5, 1);
    mails = [];
    await sendAlert({ ...failure('x'), kind: 'deadline' }, services());
    for (let n = 0; n < 12; n++) await sendAlert({ ...failure(n), kind: 'recovery', severity: 'info' }, services());
    expect(mails).toHaveLength(13);
  });
});
