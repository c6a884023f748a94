import * as fc from 'fast-check';
import { judgeExpectation, medianOf } from '../../../lambdas/check/expectations';

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });

test('the median has as many numbers above it as below, in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 30 }), (values) => {
      const median = medianOf(values);
      const above = values.filter((value) => value > median).length;
      const below = values.filter((value) => value < median).length;

      expect(Math.max(above, below)).toBeLessThanOrEqual(values.length / 2);
      expect(medianOf([...values].reverse())).toBe(median);
    }),
  );
});

test('a number as in every run before holds whatever is allowed; bounds hold just where they say', () => {
  fc.assert(
    fc.property(
      number,
      fc.double({ min: 0, max: 2, noNaN: true }),
      fc.integer({ min: 3, max: 9 }),
      (value, within, runs) => {
        expect(judgeExpectation(value, { last: runs, within }, Array(runs).fill(value))).toMatchObject({ holds: true });
      },
    ),
  );
  fc.assert(
    fc.property(number, number, number, (value, a, b) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      expect(judgeExpectation(value, { min, max }, []).holds).toBe(value >= min && value <= max);
    }),
  );
});

test('only the last runs count, and as many of them as the check asks for', () => {
  const earlier = [10, 10, 10, 1000, 1000, 1000, 1000];

  expect(judgeExpectation(10, { last: 3, within: 0 }, earlier).holds).toBe(true);
  expect(judgeExpectation(10, { last: 7, within: 0 }, earlier).holds).toBe(false);
  expect(judgeExpectation(11, { last: 1, within: 0.1 }, [10])).toEqual({
    holds: true,
    bound: 'within 10 % of 10, the median of the last run',
  });
});
