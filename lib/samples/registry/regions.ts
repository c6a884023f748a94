/** Austria's regions as a statistics office keeps them: real names and areas, made-up incomes. */

export interface Region {
  /** ISO 3166-2 */
  readonly code: string;
  readonly name: string;
  /** km², of the statistical yearbook */
  readonly area: string;
  /** made up: what a household has a year, in euros */
  readonly householdIncome: string;
  /** share of the people, in a thousand */
  readonly share: number;
  /** what offices write beside the name; upper and lower case, accents and punctuation do not matter */
  readonly spellings: readonly string[];
}

export const REGIONS: readonly Region[] = [
  region('AT-1', 'Burgenland', '3965.20', '47300.00', 33, ['Bgld', 'Bgld.', 'Burgenl.']),
  region('AT-2', 'Kärnten', '9536.50', '44850.50', 63, ['Kaernten', 'Ktn', 'Carinthia', 'KÃ¤rnten']),
  region('AT-3', 'Niederösterreich', '19179.56', '48920.00', 189, [
    'Niederoesterreich',
    'NÖ',
    'Noe',
    'N.Oe.',
    'Lower Austria',
    'NiederÃ¶sterreich',
  ]),
  region('AT-4', 'Oberösterreich', '11982.52', '48110.75', 168, [
    'Oberoesterreich',
    'OÖ',
    'Ooe',
    'Upper Austria',
    'OberÃ¶sterreich',
  ]),
  region('AT-5', 'Salzburg', '7154.56', '46480.00', 63, ['Sbg', 'Salzburg (Land)']),
  region('AT-6', 'Steiermark', '16398.76', '45630.20', 140, ['Stmk', 'Styria']),
  region('AT-7', 'Tirol', '12648.38', '44210.00', 86, ['Tyrol', 'Nordtirol']),
  region('AT-8', 'Vorarlberg', '2601.64', '47840.90', 45, ['Vbg', 'Vlbg.']),
  region('AT-9', 'Wien', '414.82', '41070.00', 213, ['Vienna', 'W', 'Wien (Stadt)', 'Wien/Vienna']),
];

function region(
  code: string,
  name: string,
  area: string,
  householdIncome: string,
  share: number,
  spellings: readonly string[],
): Region {
  return { code, name, area, householdIncome, share, spellings: [name, ...spellings] };
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** DuckDB's statements for `startSampleDatabase`; the database is called `statistics`. */
export const REGISTRY_TABLES: readonly string[] = [
  `CREATE TABLE regions AS SELECT code, name, area_km2::DECIMAL(9, 2) AS area_km2, household_income::DECIMAL(12, 2) AS household_income
   FROM (VALUES ${REGIONS.map((one) => `(${[one.code, one.name, one.area, one.householdIncome].map(quoted).join(', ')})`).join(', ')})
   t(code, name, area_km2, household_income)`,
  `CREATE TABLE region_spellings AS FROM (VALUES ${REGIONS.flatMap(({ code, spellings }) =>
    spellings.map((spelling) => `(${quoted(spelling)}, ${quoted(code)})`),
  ).join(', ')}) t(spelling, region_code)`,
  // A query may name the database as well.
  'CREATE SCHEMA statistics',
  'CREATE VIEW statistics.regions AS FROM main.regions',
  'CREATE VIEW statistics.region_spellings AS FROM main.region_spellings',
];
