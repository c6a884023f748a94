import type { EnvironmentName } from '../compiler/types';
import { METRICS_NAMESPACE, sourceSecretName } from './names';

/** The value of each environment variable that a function may ask for. */
export type EnvironmentValues = Readonly<Partial<Record<EnvironmentName, string>>>;

/** What a function of a pipeline finds in `process.env`: the names it asked for, and what Powertools reads. */
export function environmentFor(
  pipeline: string,
  names: readonly EnvironmentName[],
  values: EnvironmentValues,
  /** of the user's, in Secrets Manager under `stepwell/<name>` */
  secrets: readonly string[] = [],
): Record<string, string> {
  const own = names.map((name) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`A function asks for ${name}, but the pipeline has no such resource`);
    return [name, value] as const;
  });
  return {
    ...Object.fromEntries(own),
    ...Object.fromEntries(secrets.map((name) => [secretVariable(name), sourceSecretName(name)])),
    PIPELINE: pipeline,
    POWERTOOLS_SERVICE_NAME: pipeline,
    POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
    LOG_LEVEL: 'INFO',
  };
}

/** `shop-db` is SECRET_SHOP_DB: the id that Secrets Manager knows it by. */
const secretVariable = (name: string): string => `SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
