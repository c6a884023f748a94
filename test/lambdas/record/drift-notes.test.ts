import { driftNotes } from '../../../lambdas/record/drift-notes';
import type { DriftEntry } from '../../../lib/tasks/drift';

const part = (drift: DriftEntry[], read = 10) => ({ name: 'orders', read, rejected: 0, drift });

test('each kind of drift is one sentence, with the columns, their types, and in how many parts', () => {
  const gift: DriftEntry = { kind: 'new', column: 'gift', is: 'text', done: 'evolved' };
  const { notes, warnings } = driftNotes([
    part([gift, { kind: 'changed', column: 'total', was: 'bigint', is: 'text', done: 'ignored' }]),
    part([gift, { kind: 'missing', column: 'note', was: 'text', done: 'ignored' }]),
    { name: 'sales', read: 1, rejected: 0, isModel: true, drift: [{ kind: 'new', column: 'x', done: 'ignored' }] },
  ]);

  expect(notes).toEqual([
    "Source orders has new columns, which go on as text: 'gift' (text).",
    "Source orders has missing columns, which are NULL: 'note' (text, in 1 of 2 parts).",
    "Source orders has columns of another type, which are NULL: 'total' (bigint, now text, in 1 of 2 parts).",
    "Model sales has new columns, which are left out: 'x'.",
  ]);
  expect(warnings).toEqual([]);
});

test('a member that some part has is not absent; parts without rows say nothing', () => {
  const absent: DriftEntry = { kind: 'absent', column: 'rain', was: 'double', done: 'ignored' };

  expect(driftNotes([part([absent]), part([])]).notes).toEqual([]);
  expect(driftNotes([part([absent]), part([], 0)]).notes).toEqual([
    "Source orders has columns that no row has, which are NULL: 'rain' (double).",
  ]);
});

test('of very many columns ten are named; files put aside are warnings', () => {
  const many = Array.from({ length: 23 }, (_, n): DriftEntry => ({ kind: 'new', column: `c${n}`, done: 'ignored' }));
  const aside = [{ file: 's3://landing/a.csv', reason: "it does not fit the contract: new: 'gift' (text)" }];
  const { notes, warnings } = driftNotes([{ ...part(many), aside }]);

  expect(notes).toEqual([expect.stringMatching(/'c0', .*'c9' and 13 more\.$/)]);
  expect(warnings).toEqual([
    "s3://landing/a.csv is in quarantine as a whole: it does not fit the contract: new: 'gift' (text).",
  ]);
});
