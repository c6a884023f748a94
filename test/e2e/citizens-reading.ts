/**
 * What the citizens' tables must hold, worked out from the generator's records one person at a time: no SQL, and none of the
 * pipeline's own rules in code, only what they say.
 */
import type { RegistryRecord } from '../../lib/samples/registry/people';
import { REGIONS } from '../../lib/samples/registry/regions';
import type { Row } from './pipelines-cloud';

export interface DayTables {
  readonly population: readonly Row[];
  readonly regions: readonly Row[];
  readonly registry: Row;
}

export interface Day {
  /** `2024-02-28` */
  readonly day: string;
  /** when the run's interval begins, by PostgreSQL */
  readonly asOf: string;
  readonly records: readonly RegistryRecord[];
  /** of the day before; absent: there is no file */
  readonly before?: readonly RegistryRecord[];
}

interface Person {
  readonly region: string;
  readonly band: string;
  readonly fault?: 'missing' | 'impossible' | 'future' | 'too old';
  readonly household: string;
  readonly cents?: number;
  readonly recordedAt: string;
}

export function readDay({ day, asOf, records, before }: Day): DayTables {
  const people = peopleOf(records, day);
  const earlier = before && peopleOf(before, previousDay(day));
  const place = { as_of: asOf, day };
  const trend = (now: number, then: number | undefined) => ({
    citizens: String(now),
    citizens_before: then === undefined ? null : String(then),
    change: then === undefined ? null : String(now - then),
  });
  const count = (of: readonly Person[] | undefined, which: (person: Person) => boolean) => of?.filter(which).length;

  const groups = new Set([...people, ...(earlier ?? [])].map(({ region, band }) => `${region} ${band}`));
  const population = [...groups].map((group) => {
    const [region, band] = group.split(' ') as [string, string];
    const isIn = (person: Person) => person.region === region && person.band === band;
    return { ...place, region_code: region, age_band: band, ...trend(count(people, isIn)!, count(earlier, isIn)) };
  });

  const unknown = { code: 'unknown', name: 'unknown', area: undefined, householdIncome: undefined };
  const regions = [...REGIONS, unknown].map(({ code, name, area, householdIncome }) => {
    const here = people.filter(({ region }) => region === code);
    const then = count(earlier, ({ region }) => region === code);
    const households = new Set(here.map(({ household }) => household)).size;
    const cents = here.reduce((sum, person) => sum + (person.cents ?? 0), 0);
    return {
      ...place,
      region_code: code,
      region: name,
      ...trend(here.length, then),
      change_percent: then ? rounded((100 * (here.length - then)) / then, 3) : null,
      citizens_per_km2: area === undefined ? null : rounded(here.length / Number(area), 2),
      households: String(households),
      income_per_household: households > 0 ? rounded(cents / 100 / households, 2) : null,
      expected_household_income: householdIncome ?? null,
    };
  });

  const readable = records.filter(({ fault }) => fault === undefined);
  const withoutId = readable.filter(({ citizenId }) => idOf(citizenId) === '').length;
  const faults = (fault: Person['fault']) => String(people.filter((person) => person.fault === fault).length);
  const registry = {
    ...place,
    records: String(readable.length),
    without_id: String(withoutId),
    repeated_records: String(readable.length - withoutId - people.length),
    ...trend(people.length, earlier?.length),
    without_birth_date: faults('missing'),
    impossible_birth_dates: faults('impossible'),
    future_birth_dates: faults('future'),
    too_old: faults('too old'),
    unknown_regions: String(people.filter(({ region }) => region === 'unknown').length),
    without_income: String(people.filter(({ cents }) => cents === undefined).length),
    latest_record_at: latestUtc(people.map(({ recordedAt }) => recordedAt)),
  };
  return { population, regions, registry };
}

function peopleOf(records: readonly RegistryRecord[], day: string): Person[] {
  const latest = new Map<string, RegistryRecord>();
  for (const record of records) {
    if (record.fault !== undefined) continue;
    const id = idOf(record.citizenId);
    const known = latest.get(id);
    if (id !== '' && (known === undefined || known.recordedAt < record.recordedAt)) latest.set(id, record);
  }
  return [...latest.values()].map((record) => ({
    region: regionOf(record.region),
    ...ageOf(record.birthDate, day),
    household: record.household,
    ...centsOf(record.income),
    recordedAt: record.recordedAt,
  }));
}

const idOf = (text: string): string => [...text].filter((character) => character >= '0' && character <= '9').join('');

const letters = (text: string): string =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replace(/\p{Mark}/gu, '')
    .replace(/[^a-z0-9]/g, '');
const CODES = new Map(REGIONS.flatMap(({ code, spellings }) => spellings.map((one) => [letters(one), code] as const)));
const regionOf = (text: string): string => CODES.get(letters(text)) ?? 'unknown';

function ageOf(text: string, day: string): Pick<Person, 'band' | 'fault'> {
  const unknown = (fault: Person['fault']) => ({ band: 'unknown', ...(fault ? { fault } : {}) });
  if (!/\d/.test(text)) return unknown('missing');
  const iso = text.trim().includes('.') ? text.trim().split('.').reverse().join('-') : text.trim();
  const time = new Date(`${iso}T00:00:00Z`);
  // V8 takes 30 February for 1 March, and has no month 13.
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== iso) return unknown('impossible');
  if (iso > day) return unknown('future');
  // Birthdays up to that day: whoever was born on 29 February has one on 1 March of other years.
  let age = Number(day.slice(0, 4)) - Number(iso.slice(0, 4));
  if (day.slice(5) < iso.slice(5)) age--;
  if (age > 120) return unknown('too old');
  const bands = ['0-5', '6-14', '15-24', '25-44', '45-64', '65-79', '80+'];
  return { band: bands[[6, 15, 25, 45, 65, 80].filter((least) => age >= least).length]! };
}

function centsOf(text: string): { cents?: number } {
  if (!/\d/.test(text)) return {};
  const hasCents = /[.,]\d\d?$/.test(text);
  const digits = text.replace(/\D/g, '');
  return { cents: Number(digits) * (hasCents ? 1 : 100) };
}

/** Half away from zero. */
function rounded(value: number, digits: number): string {
  const scale = 10 ** digits;
  return ((Math.sign(value) * Math.round(Math.abs(value) * scale)) / scale).toFixed(digits);
}

const previousDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00Z`) - 86_400_000).toISOString().slice(0, 10);

/** The clock of Vienna goes by UTC+1, and +2 in summer: a time that it shows twice is the first, one that it skips an hour later. */
function latestUtc(local: readonly string[]): string {
  const latest = local.reduce((one, other) => (one > other ? one : other));
  // Times of two days around tell nothing of each other's order but in the hour that comes twice.
  const instants = local
    .filter((one) => one.slice(0, 10) === latest.slice(0, 10))
    .map((one) => {
      const wall = Date.parse(`${one.replace(' ', 'T')}Z`);
      const shown = [2, 1].map((hours) => wall - hours * 3_600_000).filter((utc) => vienna(utc) === one);
      return shown[0] ?? wall - 3_600_000;
    });
  return new Date(instants.reduce((one, other) => Math.max(one, other))).toISOString().slice(0, 19).replace('T', ' ');
}

const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Vienna', dateStyle: 'short', timeStyle: 'medium' });
const vienna = (utc: number): string => clock.format(utc);
