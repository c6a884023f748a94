import { lineageOf } from '../../lib/pipeline/schema/lineage';
import { settingsOf } from '../../lib/pipeline/schema/settings';

const AT = 'stepwell:lineage';

test.each([
  [true, {}],
  ['true', {}],
  [false, undefined],
  ['false', undefined],
  [{ namespace: 'prod' }, { namespace: 'prod' }],
  ['{"url":"https://marquez.example.com"}', { url: 'https://marquez.example.com' }],
  [
    { url: 'https://gms.example.com/openapi/openlineage', secret: 'datahub' },
    { url: 'https://gms.example.com/openapi/openlineage', secret: 'datahub' },
  ],
  [
    { url: 'http://127.0.0.1:5000', secret: 'marquez' },
    { url: 'http://127.0.0.1:5000', secret: 'marquez' },
  ],
  [{ url: 'http://marquez.internal:5000' }, { url: 'http://marquez.internal:5000' }],
])('%j is understood', (given, expected) => {
  expect(lineageOf(AT, given)).toEqual(expected);
});

test.each<[unknown, string]>([
  [
    'yes',
    'stepwell:lineage is "yes": it is true, false, or an object of url, secret and namespace. Use true, to keep events in the work bucket alone, or e.g. {"url":"https://marquez.example.com","secret":"marquez"}.',
  ],
  [
    { uri: 'https://marquez.example.com' },
    'stepwell:lineage is {"uri":"https://marquez.example.com"}: there is no such option: uri. Known: url, secret, namespace. Use true, to keep events in the work bucket alone, or e.g. {"url":"https://marquez.example.com","secret":"marquez"}.',
  ],
  [
    { url: 'marquez.example.com' },
    'stepwell:lineage url is "marquez.example.com": it is no http or https address. Use e.g. "https://marquez.example.com".',
  ],
  [
    { url: 'https://marquez.example.com/api/v1/lineage' },
    'stepwell:lineage url is "https://marquez.example.com/api/v1/lineage": the path /api/v1/lineage is added to it. Leave that out.',
  ],
  [
    { url: 'https://marquez.example.com?key=1' },
    'stepwell:lineage url is "https://marquez.example.com?…": the path /api/v1/lineage is added to it, so nothing may stand behind ? or #. Leave that out; a key is kept as a secret: {"url":"…","secret":"marquez"}.',
  ],
  [
    { url: 'https://me:hunter2@marquez.example.com' },
    'stepwell:lineage url is "https://…@marquez.example.com": a login has no place in an address, which is in templates and logs. Keep the key as a secret: {"url":"…","secret":"marquez"}.',
  ],
  [
    { url: 'http://marquez.example.com', secret: 'marquez' },
    'stepwell:lineage url is "http://marquez.example.com": over http the key of the secret could be read on the way. Use https.',
  ],
  [
    { secret: 'marquez' },
    'stepwell:lineage secret is "marquez": without a url nothing is sent. Name the server as url as well.',
  ],
  [
    { url: 'https://marquez.example.com', secret: 'eyJhbGciOiJIUzI1NiJ9' },
    'stepwell:lineage secret is "eyJh…": it is the name of a secret, in lower-case letters, digits and hyphens. Put the key into Secrets Manager as {"apiKey":"…"}, and name that: "marquez" for stepwell/marquez.',
  ],
  [{ namespace: ' ' }, 'stepwell:lineage namespace is " ": jobs have a namespace. Use e.g. \'stepwell-prod\'.'],
])('%j is a mistake, told with its rule and its remedy', (given, message) => {
  expect(() => lineageOf(AT, given)).toThrow(new Error(message));
});

test('an environment may have its own server, or none', () => {
  const environments = { dev: { lineage: false }, prod: { lineage: { url: 'https://lineage.example.com' } } };
  const inEnvironment = (name: string) =>
    settingsOf({ 'stepwell:lineage': true, 'stepwell:environments': environments, 'stepwell:env': name }).lineage;

  expect(inEnvironment('dev')).toBeUndefined();
  expect(inEnvironment('prod')).toEqual({ url: 'https://lineage.example.com' });
});
