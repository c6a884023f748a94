import { createHash } from 'node:crypto';
import { registryCsv } from '../../lib/samples/registry/csv';
import { type RegistryDay, registryRecords } from '../../lib/samples/registry/people';

const PEOPLE = 20_000;
const recordsOf = (day: string, more: Partial<RegistryDay> = {}) => [
  ...registryRecords({ day, people: PEOPLE, ...more }),
];
const records = recordsOf('2026-03-01');
const idsOf = (of: typeof records) => new Set(of.map(({ citizenId }) => citizenId.replace(/\D/g, '')));

test('a day is the same whenever it is made', () => {
  const hashOf = (pieces: Iterable<Buffer>) => {
    const hash = createHash('sha256');
    for (const piece of pieces) hash.update(piece);
    return hash.digest('hex');
  };
  expect(hashOf(registryCsv({ day: '2026-03-01', people: 3000 }))).toBe(
    hashOf(registryCsv({ day: '2026-03-01', people: 3000 })),
  );
});

test('from one day to the next some people come, some go, and nearly all stay', () => {
  const [before, after] = [idsOf(recordsOf('2026-02-28')), idsOf(records)];
  const come = [...after].filter((id) => !before.has(id)).length;
  const gone = [...before].filter((id) => !after.has(id)).length;

  expect(Math.min(come, gone)).toBeGreaterThan(10);
  expect(Math.max(come, gone)).toBeLessThan(PEOPLE / 100);
});

test('a corrected edition is the same file but for a few rows, with fewer that nobody can read', () => {
  const second = recordsOf('2026-03-01', { edition: 2 });
  const changed = second.filter((record, index) => JSON.stringify(record) !== JSON.stringify(records[index])).length;
  const faults = (of: typeof records) => of.filter(({ fault }) => fault !== undefined).length;

  expect(second).toHaveLength(records.length);
  expect(changed).toBeGreaterThan(PEOPLE / 200);
  expect(changed).toBeLessThan(PEOPLE / 20);
  expect(faults(second)).toBeLessThan(faults(records));
});

test('every kind of dirt is there, and little of it', () => {
  const share = (which: (record: (typeof records)[number]) => boolean) => records.filter(which).length / records.length;

  for (const some of [
    share(({ fault }) => fault === 'encoding'),
    share(({ fault }) => fault === 'cut off'),
    share(({ fault }) => fault === 'no id'),
    share(({ fault }) => fault === 'no such time'),
    share(({ birthDate }) => birthDate === ''),
    share(({ birthDate }) => birthDate === '0000-00-00'),
    share(({ birthDate }) => birthDate.includes('02-29')),
    share(({ birthDate }) => /^\d\d\.\d\d\.\d{4}$/.test(birthDate)),
    share(({ region }) => region.includes('Ã')),
    share(({ region }) => region !== region.normalize('NFC')),
    share(({ income }) => /\d[.,' ]\d{3}\b/.test(income)),
    share(({ citizenId }) => /[\s\u00a0]/.test(citizenId)),
  ]) {
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(0.2);
  }
});
