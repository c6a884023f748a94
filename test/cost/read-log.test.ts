import { Meter, readReport } from '../../lib/cost/read-log';
import type { UsageLine } from '../../lib/tasks/usage';

const report = (requestId: string, billed: number, memory: number, init = '') =>
  `REPORT RequestId: ${requestId}\tDuration: ${billed - 0.4} ms\tBilled Duration: ${billed} ms\tMemory Size: ${memory} MB\tMax Memory Used: 90 MB${init}`;
const used = (line: Partial<UsageLine> & Pick<UsageLine, 'requestId'>) =>
  JSON.stringify({ usage: { requests: {} }, pipeline: 'orders', ...line });

function meterOf(...messages: readonly string[]): Meter {
  const meter = new Meter();
  for (const [timestamp, message] of messages.entries()) meter.add({ timestamp, message });
  return meter;
}

test("Lambda's report says what is billed, also of a cold start, and of an invocation that it has ended", () => {
  expect(readReport(report('a', 124, 256))).toEqual({ requestId: 'a', billedMs: 124, memoryMb: 256 });
  expect(readReport(report('b', 900, 2048, '\tInit Duration: 500.12 ms'))?.billedMs).toBe(900);
  expect(readReport(report('c', 3000, 128, '\tStatus: timeout'))?.billedMs).toBe(3000);
  expect(readReport('START RequestId: a Version: $LATEST')).toBeUndefined();
});

test('the time of each invocation is that of the run which it names, in whatever order the lines come', () => {
  const { runs, others } = meterOf(
    report('a', 100, 1024),
    used({ requestId: 'a', runId: 'run-1' }),
    used({ requestId: 'b', runId: 'run-2', usage: { requests: { s3Read: 3 } } }),
    report('b', 200, 512),
    used({ requestId: 'c', runId: 'run-1', usage: { requests: { s3Read: 1, sns: 1 } } }),
    report('c', 50, 256),
  ).byRun();

  expect(runs.map(({ runId, firstAt }) => [runId, firstAt])).toEqual([
    ['run-2', 2],
    ['run-1', 0],
  ]);
  expect(runs[1]!.usage).toMatchObject({
    invocations: 2,
    billedMs: 150,
    mbMs: 100 * 1024 + 50 * 256,
    requests: { s3Read: 1, sns: 1 },
  });
  expect(others.invocations).toBe(0);
});

test('whoever hears of the end of a statement knows no run, and is of the one that has submitted it', () => {
  const { runs, others } = meterOf(
    used({ requestId: 'load', runId: 'run-1', usage: { requests: {}, redshift: { s1: null, s2: null } } }),
    report('load', 100, 256),
    used({ requestId: 'heard', usage: { requests: {}, redshift: { s1: [5000, 700] } } }),
    report('heard', 40, 256),
    used({ requestId: 'stranger', usage: { requests: {}, redshift: { s9: [1, 1] } } }),
    report('stranger', 10, 256),
  ).byRun();

  expect(runs).toHaveLength(1);
  expect(runs[0]!.usage).toMatchObject({ invocations: 2, billedMs: 140, redshift: { s1: [5000, 700], s2: null } });
  expect(others).toMatchObject({ invocations: 1, billedMs: 10 });
});

test('an invocation that Lambda has ended could not say whose it was: the history of the run does', () => {
  const meter = meterOf(report('killed', 900_000, 2048), report('unknown', 20, 128));

  const { runs, others } = meter.byRun(new Map([['killed', 'run-1']]));

  expect(runs.map(({ runId, usage }) => [runId, usage.billedMs])).toEqual([['run-1', 900_000]]);
  expect(others.billedMs).toBe(20);
});

test('an invocation that is still under way has asked for something, and is not billed yet', () => {
  const { runs } = meterOf(used({ requestId: 'a', runId: 'run-1', usage: { requests: { rdsData: 2 } } })).byRun();

  expect(runs[0]!.usage).toMatchObject({ invocations: 0, billedMs: 0, requests: { rdsData: 2 } });
});

test('a metric counts once for each hour in which it has values; rows are those that runs have read', () => {
  const emf = (values: object) =>
    JSON.stringify({
      _aws: {
        CloudWatchMetrics: [
          { Namespace: 'Stepwell', Dimensions: [['pipeline']], Metrics: Object.keys(values).map((Name) => ({ Name })) },
        ],
      },
      pipeline: 'orders',
      ...values,
    });
  const meter = new Meter();
  const hour = 3_600_000;
  meter.add({ timestamp: 10, message: emf({ RowsExtracted: 7, RunsSucceeded: 1 }) });
  meter.add({ timestamp: 20, message: emf({ RowsExtracted: 5, RunsSucceeded: 1 }) });
  meter.add({ timestamp: hour + 1, message: emf({ RowsExtracted: 1 }) });

  expect(meter.hoursOfMetrics).toBe(3);
  expect(meter.rows).toBe(13);
});

test('every event counts for what is taken in, by its bytes and 26 more; what looks like use and is none does no harm', () => {
  const meter = meterOf('äöü', '{"usage"', '{"usage":1}', '"_aws"');

  expect(meter.bytes).toBe(6 + 8 + 11 + 6 + 4 * 26);
  expect(meter.byRun().runs).toEqual([]);
});
