import fc from 'fast-check';
import { addTo, beginning, beginOfMonth, endOfMonth, judge, type MonthSoFar } from '../../lib/cost/month';
import { pricesOf } from '../../lib/cost/prices';
import { Meter } from '../../lib/cost/read-log';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const reckoning = {
  prices: pricesOf('us-east-1').prices,
  capacity: { redshiftRpus: 8, auroraAcus: 0.5, auroraPauseMs: 600_000 },
  transitions: { load: 2, record: 1.5 },
};
const begin = beginOfMonth('2026-11');

/** An invocation, as its log tells of it. */
function linesOf(index: number, at: number, label: string) {
  const requestId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const used = {
    usage: { requests: { s3Write: 2 }, redshift: { [`s${index}`]: [at, 4000] }, aurora: [at, 1000] },
    requestId,
    pipeline: 'orders',
    runId: `run-${index}`,
  };
  const emf = {
    _aws: {
      CloudWatchMetrics: [{ Namespace: 'Stepwell', Dimensions: [['pipeline']], Metrics: [{ Name: 'RowsExtracted' }] }],
    },
    pipeline: 'orders',
    RowsExtracted: 10,
  };
  const report = `REPORT RequestId: ${requestId}\tDuration: 999.5 ms\tBilled Duration: 1000 ms\tMemory Size: 512 MB\tMax Memory Used: 80 MB`;
  return [used, emf]
    .map((line) => ({ timestamp: at, message: JSON.stringify(line), label }))
    .concat({
      timestamp: at,
      message: report,
      label,
    });
}

function advance(before: MonthSoFar, lines: ReturnType<typeof linesOf>, until: number): MonthSoFar {
  const meter = new Meter();
  for (const { label, ...line } of lines)
    if (line.timestamp >= before.until && line.timestamp < until) meter.add(line, label);
  return addTo(before, meter, until, reckoning);
}

test('what is counted hour by hour is what is counted at once, whenever it is looked', () => {
  const invocation = fc.tuple(fc.integer({ min: 1, max: 10 * HOUR }), fc.constantFrom('load', 'record', 'other'));
  fc.assert(
    fc.property(
      fc.array(invocation, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 12 * HOUR }), { maxLength: 6 }),
      (invocations, cuts) => {
        const lines = invocations.flatMap(([at, label], index) => linesOf(index, begin + at, label));
        const end = begin + 13 * HOUR;
        const atOnce = advance(beginning('2026-11'), lines, end);
        let inParts = beginning('2026-11');
        for (const cut of [...cuts.sort((a, b) => a - b).map((at) => begin + at), end])
          inParts = advance(inParts, lines, cut);
        expect(inParts.usd).toBeCloseTo(atOnce.usd, 9);
        expect(Object.keys(inParts.services).sort()).toEqual(Object.keys(atOnce.services).sort());
      },
    ),
  );
});

test('each invocation brings the state transitions of its function along, and each service has its sum', () => {
  const { usd, services } = advance(beginning('2026-11'), linesOf(1, begin + 1, 'load'), begin + HOUR);

  expect(services['Step Functions']).toBeCloseTo(2 * 0.000025, 12);
  expect(services.Lambda).toBeCloseTo(0.5 * 0.0000133334 + 0.2e-6, 12);
  expect(services.Redshift).toBeCloseTo((8 / 60) * 0.375, 12);
  expect(usd).toBeCloseTo(
    Object.values(services).reduce((sum, one) => sum + one, 0),
    12,
  );
});

test('a month ends where the next begins', () => {
  expect(new Date(endOfMonth('2026-12')).toISOString()).toBe('2027-01-01T00:00:00.000Z');
  expect(endOfMonth('2028-02') - beginOfMonth('2028-02')).toBe(29 * DAY);
});

test.each<[string, number, number, ReturnType<typeof judge>]>([
  ['nothing is spent', 10, 0, undefined],
  ['it goes on as planned', 15, 9.9, undefined],
  ['after two days nobody knows where it goes', 2, 5, undefined],
  ['a quarter of the month has taken half of it', 7.5, 10, { kind: 'forecast', forecast: 40 }],
  ['four fifths are spent', 29, 16, { kind: 'near', forecast: expect.closeTo(16.55, 2) }],
  ['all is spent on the second day', 1.5, 20, { kind: 'over' }],
])('%s: after %d days %d of 20 dollars', (_, days, usd, verdict) => {
  expect(judge({ ...beginning('2026-11'), until: begin + days * DAY, usd }, 20)).toEqual(verdict);
});
