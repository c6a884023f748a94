/** `stepwell:…` in the context of `cdk.json`, or by `-c` of the CDK's CLI: how and where a project is deployed. */
import * as z from 'zod';
import { suggest } from '../errors';
import { type LineageSetting, lineageOf } from './lineage';
import { parsedJson, SettingError } from './setting-error';
import { sourceVpcOf } from './source-vpc';

export interface Settings {
  /** absent: the one without a name, whose resources are called `stepwell-…` */
  readonly environment?: string;
  /** absent: whichever the credentials of a deploy are of */
  readonly account?: string;
  readonly region?: string;
  /** data goes with its stack */
  readonly disposable: boolean;
  readonly availabilityZones?: readonly string[];
  readonly sourceVpc?: ReturnType<typeof sourceVpcOf>;
  /** who gets the mails, in place of whom the pipelines name */
  readonly alertEmails?: readonly string[];
  readonly capacity: Capacity;
  /** absent: runs are not told to OpenLineage */
  readonly lineage?: LineageSetting | undefined;
}

export interface Capacity {
  /** RPUs of Redshift Serverless */
  readonly redshift: { readonly base: number; readonly max: number };
  /** ACUs of Aurora Serverless v2 */
  readonly aurora: { readonly min: number; readonly max: number };
}

export const DEFAULT_SETTINGS: Settings = {
  disposable: false,
  capacity: { redshift: { base: 8, max: 64 }, aurora: { min: 0, max: 16 } },
};

const PREFIX = 'stepwell:';
const ENV = `${PREFIX}env`;
const ENVIRONMENTS = `${PREFIX}environments`;

/** Long enough for `production`; what is called after it has to fit AWS's limits. */
const ENVIRONMENT_NAME = /^[a-z][a-z0-9]{0,11}$/;

type Given = Readonly<Record<string, unknown>>;

/** Each setting that an environment may have of its own: how it reads a value. They throw `SettingError`. */
const READ = {
  disposable: (at: string, value: unknown): Partial<Settings> => {
    if (![true, false, 'true', 'false'].includes(value as never))
      throw new SettingError(at, value, 'it is true or false', 'Use true for trials only: data goes with its stack.');
    return { disposable: String(value) === 'true' };
  },
  availabilityZones: (at: string, value: unknown): Partial<Settings> => {
    const list = typeof value === 'string' ? value.split(',') : value;
    if (!Array.isArray(list) || list.length !== 3 || list.some((zone) => typeof zone !== 'string'))
      throw new SettingError(at, value, 'Redshift Serverless needs three zones', 'Name three, with commas between.');
    return { availabilityZones: list as string[] };
  },
  sourceVpc: (at: string, value: unknown): Partial<Settings> => ({ sourceVpc: sourceVpcOf(at, value) }),
  alertEmails: (at: string, value: unknown): Partial<Settings> => {
    const parsed = z.array(z.email()).safeParse(parsedJson(value));
    if (!parsed.success)
      throw new SettingError(
        at,
        value,
        'it is a list of mail addresses',
        'Use e.g. ["data-dev@example.com"], or [] for no mails.',
      );
    return { alertEmails: parsed.data };
  },
  capacity: (at: string, value: unknown): Partial<Settings> => ({ capacity: capacityOf(at, value) }),
  lineage: (at: string, value: unknown): Partial<Settings> => ({ lineage: lineageOf(at, value) }),
} as const;

/** What only an environment can have: which account it is in. */
const PLACE = {
  account: (at: string, value: unknown): Partial<Settings> => {
    if (typeof value !== 'string' || !/^\d{12}$/.test(value))
      throw new SettingError(at, value, 'an account has 12 digits, and is a text', 'Use e.g. "111122223333".');
    return { account: value };
  },
  region: (at: string, value: unknown): Partial<Settings> => {
    if (typeof value !== 'string' || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(value))
      throw new SettingError(at, value, 'that is no region', 'Use e.g. "eu-central-1".');
    return { region: value };
  },
} as const;

const OF_ENVIRONMENT = { ...READ, ...PLACE };

/**
 * The settings of what is deployed. Those of the environment that `stepwell:env` names go before those of all, and what the command line
 * says goes before both.
 *
 * @param configured the context of cdk.json: what differs from it was said on the command line
 * @throws {SettingError}
 * @example settingsOf({ 'stepwell:env': 'prod', 'stepwell:environments': { dev: { disposable: true }, prod: {} } })
 */
export function settingsOf(given: Given, configured: Given = given): Settings {
  refuseUnknown(Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith(PREFIX))), [
    ENV,
    ENVIRONMENTS,
    ...Object.keys(READ).map((name) => PREFIX + name),
  ]);
  const { name: environment, settings = {} } = environmentOf(given) ?? {};
  let found: Settings = { ...DEFAULT_SETTINGS, ...(environment === undefined ? {} : { environment }) };
  for (const [name, read] of Object.entries(READ)) {
    const at = PREFIX + name;
    if (given[at] !== undefined && given[at] !== null) found = { ...found, ...read(at, given[at]) };
  }
  for (const [name, read] of Object.entries(OF_ENVIRONMENT)) {
    const isSaid = JSON.stringify(given[PREFIX + name]) !== JSON.stringify(configured[PREFIX + name]);
    if (settings[name] !== undefined && !isSaid)
      found = { ...found, ...read(`${ENVIRONMENTS} ${environment} ${name}`, settings[name]) };
  }
  return found;
}

/** Those that `cdk.json` declares, with the account and region of each that says one. */
export function environmentsOf(given: Given): Readonly<Record<string, Pick<Settings, 'account' | 'region'>>> {
  return Object.fromEntries(
    Object.entries(declared(given)).map(([name, settings]) => [
      name,
      Object.assign(
        {},
        ...Object.entries(PLACE).map(([key, read]) =>
          settings[key] === undefined ? {} : read(`${ENVIRONMENTS} ${name} ${key}`, settings[key]),
        ),
      ) as Pick<Settings, 'account' | 'region'>,
    ]),
  );
}

function environmentOf(given: Given): { readonly name: string; readonly settings: Given } | undefined {
  const all = declared(given);
  const name = given[ENV];
  if (name === undefined || name === null || name === '') return undefined;
  if (typeof name !== 'string' || all[name] === undefined) {
    const known = Object.keys(all);
    throw new SettingError(
      ENV,
      name,
      `there is no such environment under ${ENVIRONMENTS} in cdk.json`,
      known.length === 0
        ? `Add there: "${ENVIRONMENTS}": {${JSON.stringify(String(name))}: {}}.`
        : suggest(String(name), known),
    );
  }
  return { name, settings: all[name] };
}

function declared(given: Given): Readonly<Record<string, Given>> {
  const all = parsedJson(given[ENVIRONMENTS] ?? {});
  const example = `Use e.g. {"dev":{"disposable":true},"prod":{"account":"111122223333","region":"eu-central-1"}}.`;
  if (!isObject(all)) throw new SettingError(ENVIRONMENTS, all, 'it is an object of environments', example);
  for (const [name, settings] of Object.entries(all)) {
    if (!ENVIRONMENT_NAME.test(name))
      throw new SettingError(
        ENVIRONMENTS,
        name,
        'an environment is named in up to 12 lower-case letters and digits',
        "It becomes part of AWS names: use e.g. 'prod'.",
      );
    if (!isObject(settings))
      throw new SettingError(`${ENVIRONMENTS} ${name}`, settings, 'it is an object of settings', example);
    refuseUnknown(settings, Object.keys(OF_ENVIRONMENT), `${ENVIRONMENTS} ${name} `);
  }
  return all as Record<string, Given>;
}

/** A misspelt `-c stepwell:enviroment=prod` would deploy something else than it says. */
function refuseUnknown(settings: Given, known: readonly string[], at = ''): void {
  const unknown = Object.keys(settings).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = suggest(unknown, known);
  const remedy = meant.startsWith('Did you mean') ? `${meant} Known: ${known.join(', ')}.` : meant;
  throw new SettingError(`${at}${unknown}`, settings[unknown], 'there is no such setting', remedy);
}

const range = (least: number) => z.strictObject({ min: z.number().min(least).optional(), max: z.number().optional() });
const capacity = z.strictObject({
  redshift: z.strictObject({ base: z.int().min(4).max(1024).optional(), max: z.int().max(5632).optional() }).optional(),
  aurora: range(0).optional(),
});

function capacityOf(at: string, value: unknown): Capacity {
  const example = 'Use e.g. {"redshift":{"base":8,"max":64},"aurora":{"min":0,"max":16}}.';
  const parsed = capacity.safeParse(parsedJson(value));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SettingError(at, value, `${issue!.path.join('.')} ${issue!.message}`.trim(), example);
  }
  const { redshift, aurora } = DEFAULT_SETTINGS.capacity;
  const found: Capacity = {
    redshift: { base: parsed.data.redshift?.base ?? redshift.base, max: parsed.data.redshift?.max ?? redshift.max },
    aurora: { min: parsed.data.aurora?.min ?? aurora.min, max: parsed.data.aurora?.max ?? aurora.max },
  };
  if (found.redshift.max < found.redshift.base)
    throw new SettingError(at, value, 'redshift.max is less than redshift.base', example);
  if (found.redshift.base > 4 && found.redshift.base % 8 !== 0)
    throw new SettingError(at, value, 'redshift.base is 4, or a multiple of 8 RPUs', example);
  if (found.aurora.max < Math.max(1, found.aurora.min) || found.aurora.max > 256 || (found.aurora.min * 2) % 1 !== 0)
    throw new SettingError(at, value, 'aurora is from 0 to 256 ACUs in halves, and max is at least 1', example);
  return found;
}

const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
