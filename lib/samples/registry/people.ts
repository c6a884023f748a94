/**
 * A registry of people who do not exist, day by day: made by arithmetic alone, so that a day is the same whenever and wherever it is
 * made. People are born, move, leave and come back; and their records are as untidy as those of real registries.
 */
import { REGIONS } from './regions';

export interface RegistryDay {
  /** `2026-03-01` */
  readonly day: string;
  /** about as many people; default 60,000 */
  readonly people?: number;
  /** 2: as corrected by the registry afterwards */
  readonly edition?: 1 | 2;
}

/** One line of the file, as it is written there. */
export interface RegistryRecord {
  readonly citizenId: string;
  readonly name: string;
  readonly birthDate: string;
  readonly region: string;
  readonly household: string;
  readonly income: string;
  /** by Vienna's clock, without an offset */
  readonly recordedAt: string;
  /** what is wrong with the line itself: nobody can tell what it says, so it goes to quarantine */
  readonly fault?: 'no id' | 'encoding' | 'cut off' | 'no such time';
}

export const DEFAULT_PEOPLE = 60_000;

export function* registryRecords(options: RegistryDay): Generator<RegistryRecord> {
  const { people = DEFAULT_PEOPLE, edition = 1 } = options;
  const day = dayNumber(options.day);
  for (let slot = 1; slot <= people; slot++) {
    const of = { slot, day, edition };
    const person = personOf(of);
    if (person === undefined) continue;
    const latest = recordOf(of, person, daysAgo(of, 'recorded', 0, 2));
    // An older record of the same person, from before the latest move; in one of eight the very same line again.
    const kind = draw(of, 'twice') % 1000;
    if (kind < 3) yield latest;
    else if (kind < 25)
      yield recordOf({ ...of, spelling: 1 }, { ...person, region: anyRegion(of) }, daysAgo(of, 'earlier', 3, 2000));
    yield faulty(of, latest);
  }
}

/** `n` days before the day of the file. */
const daysAgo = (of: Of, what: Purpose, least: number, spread: number): number =>
  of.day - least - (draw(of, what) % spread);

interface Of {
  readonly slot: number;
  readonly day: number;
  readonly edition: number;
  /** another spelling of the same */
  readonly spelling?: number;
}

interface Person {
  readonly id: string;
  /** days since 1970 */
  readonly born: number;
  readonly region: number;
}

const GENERATION_DAYS = 97;
const AWAY_DAYS = 14;
const MOVING_DAYS = 10;

/** Undefined: on that day nobody lives there. */
function personOf(of: Of): Person | undefined {
  const { slot, day } = of;
  const kind = draw(of, 'kind') % 1000;
  const since = day + (draw(of, 'phase') % 10_000);
  // A fiftieth of the places goes to a new-born child every 97 days.
  if (kind < 20) {
    const generation = Math.floor(since / GENERATION_DAYS);
    return { id: idOf(slot, generation), born: day - (since % GENERATION_DAYS), region: homeOf(of) };
  }
  const person = { id: idOf(slot, 0), born: birthDayOf(of), region: homeOf(of) };
  if (kind < 30) return since % AWAY_DAYS < AWAY_DAYS / 2 ? person : undefined;
  if (kind < 40) return Math.floor(since / MOVING_DAYS) % 2 === 0 ? person : { ...person, region: anyRegion(of) };
  return person;
}

/** Ten digits, no two people the same. */
const idOf = (slot: number, generation: number): string => String(slot * 1000 + (generation % 1000)).padStart(10, '0');

function birthDayOf(of: Of): number {
  const year = 1922 + (draw(of, 'year') % 98);
  if (draw(of, 'leap') % 200 === 0) return Date.UTC(year - (year % 4), 1, 29) / DAY_MS;
  return Date.UTC(year, 0, 1 + (draw(of, 'birthday') % 365)) / DAY_MS;
}

const SHARES = REGIONS.flatMap(({ share }, index) => Array<number>(share).fill(index));
/** The second edition has moved two in a hundred. */
const homeOf = (of: Of): number =>
  SHARES[draw(of, of.edition > 1 && draw(of, 'corrected') % 50 === 0 ? 'home 2' : 'home') % SHARES.length]!;
const anyRegion = (of: Of): number => draw(of, 'other region') % REGIONS.length;

function recordOf(of: Of, person: Person, recorded: number): RegistryRecord {
  const [hour, minute, second] = [draw(of, 'hour') % 24, draw(of, 'minute') % 60, draw(of, 'second') % 60];
  return {
    citizenId: spellId(of, person.id),
    name: nameOf(of),
    birthDate: spellBirthDate(of, person.born),
    region: spellRegion(of, person.region),
    household: `H${String(Math.floor(of.slot / 2.2)).padStart(8, '0')}`,
    income: spellIncome(of),
    recordedAt: `${isoDay(recorded)} ${two(hour)}:${two(minute)}:${two(second)}`,
  };
}

function spellId(of: Of, id: string): string {
  const kind = draw(of, 'id spelling') % 100;
  if (kind === 0) return ` ${id}\u00a0`;
  if (kind === 1) return `${id.slice(0, 4)} ${id.slice(4, 7)} ${id.slice(7)}`;
  if (draw(of, 'no id') % 5000 === 0) return 'unbekannt';
  return id;
}

const NO_BIRTH_DATE = ['', '', 'unbekannt', 'n/a', '?'];
const IMPOSSIBLE = ['1987-02-30', '2001-02-29', '1900-02-29', '1994-13-05', '0000-00-00', '1975-04-31', '31.06.1982'];
/** Years at which a person comes into another age band, or is too old to be true. */
const BIRTHDAYS = [6, 15, 25, 45, 65, 80, 120, 121];

function spellBirthDate(of: Of, born: number): string {
  const kind = draw(of, 'birth date') % 1000;
  if (kind < 15) return NO_BIRTH_DATE[kind % NO_BIRTH_DATE.length]!;
  if (kind < 20) return IMPOSSIBLE[draw(of, 'impossible') % IMPOSSIBLE.length]!;
  if (kind < 22) return isoDay(of.day + 1 + (draw(of, 'future') % 3000));
  if (kind < 25) return isoDay(born - 150 * 365);
  if (kind < 35) {
    // Today is, was or will be the birthday: where ages are counted wrongly, here it shows.
    const years = BIRTHDAYS[draw(of, 'years') % BIRTHDAYS.length]!;
    const birthday = new Date(of.day * DAY_MS);
    birthday.setUTCFullYear(birthday.getUTCFullYear() - years);
    return isoDay(birthday.getTime() / DAY_MS + (draw(of, 'around') % 3) - 1);
  }
  if (kind < 75) return austrianDay(born);
  if (kind < 85) return ` ${isoDay(born)} `;
  return isoDay(born);
}

const OTHER_REGIONS = ['Liechtenstein', 'Südtirol', '-', ''];

function spellRegion(of: Of, index: number): string {
  const { name, spellings } = REGIONS[index]!;
  const kind = draw(of, 'region spelling') % 1000;
  if (kind < 4) return OTHER_REGIONS[kind]!;
  if (kind < 120) return spellings[draw(of, 'spelling') % spellings.length]!;
  if (kind < 150) return name.toUpperCase();
  if (kind < 170) return `  ${name.toLowerCase()} `;
  // Accents as letters of their own, as some systems write them.
  if (kind < 180) return name.normalize('NFD');
  return name;
}

function spellIncome(of: Of): string {
  const kind = draw(of, 'income spelling') % 100;
  if (kind < 6) return ['', '', 'k.A.'][kind % 3]!;
  const cents = 800_000 + (draw(of, 'income') % 9_000_000);
  const [euros, rest] = [Math.floor(cents / 100), two(cents % 100)];
  if (kind < 12) return `${grouped(euros, '.')},${rest}`;
  if (kind < 15) return `${grouped(euros, ',')}.${rest}`;
  if (kind < 18) return `€ ${grouped(euros, ' ')}`;
  if (kind < 20) return `${grouped(euros, "'")}.${rest}`;
  if (kind < 22) return grouped(euros, '.');
  return `${euros}.${rest}`;
}

const grouped = (value: number, separator: string): string => String(value).replace(/\B(?=(\d{3})+$)/g, separator);

const FIRST_NAMES = ['Anna', 'Jörg', 'Łucja', 'Mehmet', 'Sophie', 'Zoë', 'Franz', 'Ružica', 'Čedomir', 'Maria', 'Ines'];
const LAST_NAMES = [
  'Gruber',
  'Huber',
  'Müller',
  'Yıldız',
  'Kovačević',
  'Wagner',
  "O'Leary",
  'Weiß',
  'Pichler',
  'Öllinger',
];

function nameOf(of: Of): string {
  const name = `${FIRST_NAMES[draw(of, 'first name') % FIRST_NAMES.length]} ${LAST_NAMES[draw(of, 'last name') % LAST_NAMES.length]}`;
  const kind = draw(of, 'title') % 200;
  if (kind === 0) return `${name}; MSc`;
  if (kind === 1) return `${name} "Burli"`;
  return name;
}

/** One line in a thousand cannot be read; the second edition has mended half of them. */
function faulty(of: Of, record: RegistryRecord): RegistryRecord {
  const kind = draw(of, 'fault') % 4000;
  if (kind >= 4 || (of.edition > 1 && of.slot % 2 === 0)) return record;
  const { citizenId, name, recordedAt } = record;
  if (kind === 0) return { ...record, citizenId: '', fault: 'no id' };
  if (kind === 1) return { ...record, citizenId, name: `${name} Größ`, fault: 'encoding' };
  if (kind === 2) return { ...record, fault: 'cut off' };
  return { ...record, recordedAt: `${recordedAt.slice(0, 11)}24:61:00`, fault: 'no such time' };
}

const PURPOSES = [
  ...['kind', 'phase', 'home', 'home 2', 'corrected', 'other region', 'recorded', 'earlier', 'twice', 'fault'],
  ...['year', 'leap', 'birthday', 'birth date', 'impossible', 'future', 'years', 'around', 'hour', 'minute', 'second'],
  ...[
    'id spelling',
    'no id',
    'region spelling',
    'spelling',
    'income',
    'income spelling',
    'first name',
    'last name',
    'title',
  ],
] as const;
type Purpose = (typeof PURPOSES)[number];

const SALTS = Object.fromEntries(
  PURPOSES.map((purpose) => [
    purpose,
    [...purpose].reduce((salt, character) => Math.imul(salt ^ character.charCodeAt(0), 0x9e3779b1) >>> 0, 1),
  ]),
) as Readonly<Record<Purpose, number>>;

/** 32 bits for a place and a purpose; the same for each day. */
function draw({ slot, spelling = 0 }: Of, purpose: Purpose): number {
  let mixed = (slot + spelling * 0x51ed270b + SALTS[purpose]) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const DAY_MS = 86_400_000;
const dayNumber = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / DAY_MS;

/** There are fewer days than records. */
const isoDays = new Map<number, string>();

function isoDay(day: number): string {
  let text = isoDays.get(day);
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 10);
    isoDays.set(day, text);
  }
  return text;
}

const austrianDay = (day: number): string => isoDay(day).split('-').reverse().join('.');
const two = (n: number): string => String(n).padStart(2, '0');
