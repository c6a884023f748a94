/** Secrets that pipelines name and nobody has given: their runs could not log in. */
import type { Pipeline, Source } from '../pipeline/types';

export interface MissingSecret {
  readonly pipeline: string;
  /** of the sources that name it */
  readonly sources: readonly string[];
  /** `stepwell/<name>` */
  readonly secret: string;
  /** of the environment, which `npm start` takes its value from */
  readonly variable: string;
  /** that it is to have, as far as the sources say it */
  readonly members: readonly string[];
}

export const secretId = (name: string): string => `stepwell/${name}`;
export const variableOf = (name: string): string => `STEPWELL_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;

const OF_LOGIN = {
  bearer: ['token'],
  apiKey: ['apiKey'],
  oauth2: ['clientId', 'clientSecret'],
  basic: ['username', 'password'],
} as const;

/** What a source reads of a secret: names of members; undefined where it reads no such secret. */
function membersOf(source: Source, secret: string): readonly string[] | undefined {
  if (!('config' in source)) return undefined;
  const { config } = source;
  if (config.kind === 'httpApi') return config.auth?.secret === secret ? OF_LOGIN[config.auth.kind] : undefined;
  if (config.kind === 'custom') return config.secrets.includes(secret) ? [] : undefined;
  if (config.kind === 'dynamoDb' || config.secret !== secret) return undefined;
  return ['host', 'port', 'username', 'password', 'dbname'];
}

/** `name` is one that the pipeline's sources name. */
export function missingSecret(
  { name: pipeline, sources }: Pick<Pipeline, 'name' | 'sources'>,
  name: string,
): MissingSecret {
  const readers = Object.entries(sources).flatMap(([source, one]) => {
    const members = membersOf(one, name);
    return members === undefined ? [] : [{ source, members }];
  });
  return {
    pipeline,
    sources: readers.map(({ source }) => source),
    secret: secretId(name),
    variable: variableOf(name),
    members: [...new Set(readers.flatMap(({ members }) => members))],
  };
}

/** What is missing, and how it is given: to the next start, or to the local cloud that is up. */
export const missingSecretLines = (missing: readonly MissingSecret[], restart: string, endpoint?: string): string[] =>
  missing.flatMap(({ pipeline, sources, secret, variable, members }) => {
    const value = `{${members.length > 0 ? members.map((member) => `"${member}":"…"`).join(',') : '"…":"…"'}}`;
    return [
      `${pipeline}: there is no secret ${secret}, which ${sources.join(', ')} ${sources.length === 1 ? 'reads' : 'read'}: its runs fail until there is. Give it, as a JSON object:`,
      `  ${variable}='${value}' ${restart}`,
      ...(endpoint === undefined
        ? []
        : [
            `  aws --endpoint-url ${endpoint} secretsmanager create-secret --name ${secret} --secret-string '${value}'   # while it is up; it stays`,
          ]),
    ];
  });
