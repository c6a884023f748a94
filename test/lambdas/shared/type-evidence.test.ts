import * as fc from 'fast-check';
import { TypeEvidence } from '../../../lambdas/shared/contract/type-evidence';
import { guessType } from '../../../lambdas/shared/contract/type-names';
import { column } from '../staging';

test('a type has changed where at least ten values, and more than half, are none of it', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), fc.boolean(), (fits, misfits, isLate) => {
      const evidence = new TypeEvidence([column('a', 'text'), column('n', 'bigint')]);
      if (!isLate) evidence.fit(1, fits);
      for (let n = 0; n < misfits; n++) evidence.misfit(1, `x${n}`);
      if (isLate) for (let n = 0; n < fits; n++) evidence.fit(1);
      evidence.fit(0, 100);

      expect(evidence.changed().map(({ name }) => name)).toEqual(misfits >= 10 && misfits > fits ? ['n'] : []);
    }),
  );
});

test.each([
  [['1', '20', '-3'], 'whole number'],
  [['1', '2.5'], 'number'],
  [['2026-01-01', '2026-02-28'], 'date'],
  [['2026-01-01T10:00:00Z', '2026-01-01'], 'timestamp'],
  [['yes', 'no', 'TRUE'], 'boolean'],
  [['{"a":1}', '{}'], 'JSON object'],
  [['[1]'], 'JSON array'],
  [['1', 'x'], 'text'],
  [['', ' '], undefined],
  [[], undefined],
])('%j looks like %s', (texts, type) => {
  expect(guessType(texts)).toBe(type);
});
