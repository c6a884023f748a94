/** `stepwell:lineage` in the context of `cdk.json`: whether runs are told to OpenLineage, and to which server. */
import * as z from 'zod';
import { parsedJson, SettingError } from './setting-error';

/** Everything is optional: without a `url` events are kept in the work bucket alone. */
export interface LineageSetting {
  readonly url?: string | undefined;
  readonly secret?: string | undefined;
  readonly namespace?: string | undefined;
}

const SECRET_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const EXAMPLE = `Use true, to keep events in the work bucket alone, or e.g. {"url":"https://marquez.example.com","secret":"marquez"}.`;

const shape = z.strictObject({
  url: z.string().optional(),
  secret: z.string().optional(),
  namespace: z.string().optional(),
});

/** Undefined for `false`. @throws {SettingError} for one that is not understood */
export function lineageOf(at: string, given: unknown): LineageSetting | undefined {
  const value = parsedJson(given);
  if (value === false) return undefined;
  if (value === true) return {};
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const rule =
      issue!.code === 'unrecognized_keys'
        ? `there is no such option: ${issue!.keys.join(', ')}. Known: url, secret, namespace`
        : 'it is true, false, or an object of url, secret and namespace';
    throw new SettingError(at, given, rule, EXAMPLE);
  }
  const { url, secret, namespace } = parsed.data;
  if (url !== undefined) refuseUrl(`${at} url`, url, secret !== undefined);
  if (secret !== undefined) refuseSecret(at, secret, url);
  if (namespace !== undefined && namespace.trim() === '')
    throw new SettingError(`${at} namespace`, namespace, 'jobs have a namespace', "Use e.g. 'stepwell-prod'.");
  return parsed.data;
}

function refuseUrl(at: string, text: string, hasSecret: boolean): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new SettingError(at, text, 'it is no http or https address', 'Use e.g. "https://marquez.example.com".');
  if (url.username !== '' || url.password !== '')
    throw new SettingError(
      at,
      `${url.protocol}//…@${url.host}`,
      'a login has no place in an address, which is in templates and logs',
      'Keep the key as a secret: {"url":"…","secret":"marquez"}.',
    );
  if (/\/api\/v1\/lineage\/?$/.test(url.pathname))
    throw new SettingError(at, text, 'the path /api/v1/lineage is added to it', 'Leave that out.');
  if (url.search !== '' || url.hash !== '')
    throw new SettingError(
      at,
      // A key may stand there.
      `${text.split(/[?#]/)[0]}?…`,
      'the path /api/v1/lineage is added to it, so nothing may stand behind ? or #',
      'Leave that out; a key is kept as a secret: {"url":"…","secret":"marquez"}.',
    );
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (hasSecret && url.protocol === 'http:' && !isHere)
    throw new SettingError(at, text, 'over http the key of the secret could be read on the way', 'Use https.');
}

function refuseSecret(at: string, secret: string, url: string | undefined): void {
  if (url === undefined)
    throw new SettingError(`${at} secret`, secret, 'without a url nothing is sent', 'Name the server as url as well.');
  if (!SECRET_NAME.test(secret))
    throw new SettingError(
      `${at} secret`,
      // It may be the key itself.
      `${secret.slice(0, 4)}…`,
      'it is the name of a secret, in lower-case letters, digits and hyphens',
      `Put the key into Secrets Manager as {"apiKey":"…"}, and name that: "marquez" for stepwell/marquez.`,
    );
}
