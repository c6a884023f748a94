/** Which environment a verb asks about: `--env`, or of an account STEPWELL_ENV; without them the one that has no name. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suggest } from '../pipeline/errors';
import { environmentsOf } from '../pipeline/schema/settings';
import { Refused } from './errors';
import { PROJECT_ROOT } from './pipelines';

export interface Environment {
  /** absent: the one without a name */
  readonly name?: string;
  /** that `cdk.json` says it is in */
  readonly account?: string;
  readonly region?: string;
}

/** As `lib/constructs/names.ts` has it: what the names of its resources begin with. */
export const prefixOf = (environment: string | undefined): string =>
  environment === undefined ? 'stepwell' : `stepwell_${environment}`;

/**
 * @throws {Refused} for one that `cdk.json` does not declare
 * @example environmentNamed('prod') // { name: 'prod', account: '111122223333', region: 'eu-central-1' }
 */
export function environmentNamed(
  option: string | undefined,
  isInAccount = true,
  file: string = path.join(PROJECT_ROOT, 'cdk.json'),
): Environment {
  const name = option ?? (isInAccount ? process.env.STEPWELL_ENV : undefined);
  if (name === undefined || name === '') return {};
  const { context = {} } = JSON.parse(readFileSync(file, 'utf8')) as { context?: Record<string, unknown> };
  const declared = environmentsOf(context);
  const found = declared[name];
  if (found !== undefined) return { name, ...found };
  const said = option === undefined ? 'STEPWELL_ENV' : '--env';
  throw new Refused(
    `${said} is '${name}': there is no such environment under stepwell:environments in cdk.json. ${suggest(name, Object.keys(declared))}`,
  );
}
