/** What is wrong with an `httpApi` source beyond its shape: addresses, placeholders, paths, and secrets that stand there as text. */
import { type HttpConfig, type RowPartition, WHOLE_ROW } from '../../tasks/extract-rows';
import { SECRET_REMEDY, SECRET_RULE, secretIn } from '../secrets';
import type { RowSource } from '../types';

export interface HttpMistake {
  /** in the source */
  readonly path: readonly (string | number)[];
  readonly rule: string;
  readonly remedy: string;
}

const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = /^(partition|interval|cursor)\.([A-Za-z_][\w-]*)(?::(.*))?$/;
const FORMATS = ['iso', 'date', 'unix', 'unixMs'];
const PATH = /^[^.[\]]+(\.[^.[\]]+|\[\d+\])*$/;
const SECRET_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** No name of a secret has so many characters without a hyphen. */
const LIKE_A_SECRET = /[a-z0-9]{24}|(?=[a-z0-9]*\d[a-z0-9]*\d[a-z0-9]*\d)[a-z0-9]{16}/i;
const PARTITION_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const CREDENTIAL_NAME =
  /^(authorization|proxy-authorization|cookie)$|(^|[-_])(api-?_?key|apikey|key|token|secret|password|appid|access_token)$/i;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const OWN_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding']);
const MOST_SECONDS = 300;
/** Step Functions runs at most 40 items of an inline Map at once. */
const MOST_AT_ONCE = 40;
const MOST_ATTEMPTS = 10;

export function httpMistakes(source: RowSource): HttpMistake[] {
  const { config } = source;
  if (config.kind !== 'httpApi') return [];
  return [
    ...addressMistakes(config.url, ['config', 'url']),
    ...(config.auth?.kind === 'oauth2' ? addressMistakes(config.auth.tokenUrl, ['config', 'auth', 'tokenUrl']) : []),
    ...authMistakes(config),
    ...literalSecrets(config),
    ...headerMistakes(config),
    ...placeholderMistakes(config, source),
    ...pagingMistakes(config),
    ...numberMistakes(config),
    ...pathMistakes(source),
    ...partitionMistakes(source.partitions),
    ...cursorMistakes(config, source),
  ];
}

function addressMistakes(address: string, path: HttpMistake['path']): HttpMistake[] {
  const remedy = "Use e.g. 'https://api.example.com/v1/orders'.";
  const plain = address.replace(PLACEHOLDER, 'x');
  const origin = /^[a-z]+:\/\/[^/?#]*/i.exec(address)?.[0] ?? '';
  if (!URL.canParse(plain)) return [{ path, rule: 'it is no address', remedy }];
  const url = new URL(plain);
  if (origin.includes('{')) {
    const rule = "the server is always the same: a value in its place would get the source's credentials";
    return [{ path, rule, remedy: 'Name the server, and use values behind it.' }];
  }
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere)) {
    return [{ path, rule: 'only https keeps what is read, and the login, from others', remedy: 'Use https://.' }];
  }
  if (url.username || url.password) {
    return [{ path, rule: SECRET_RULE, remedy: "Take the login out, and use auth: basic('my-secret')." }];
  }
  return url.hash ? [{ path, rule: 'what follows # never reaches a server', remedy: 'Take it out.' }] : [];
}

function authMistakes({ auth }: HttpConfig): HttpMistake[] {
  if (auth === undefined) return [];
  const mistakes = [...secretNameMistakes(auth.secret, ['config', 'auth', 'secret'])];
  if (auth.kind === 'apiKey' && (auth.name === '' || (auth.in === 'header' && !HEADER_NAME.test(auth.name)))) {
    const remedy = "Use e.g. apiKey('crm-api', { header: 'x-api-key' }).";
    mistakes.push({
      path: ['config', 'auth', 'name'],
      rule: `it is no name of a ${auth.in === 'header' ? 'header' : 'query parameter'}`,
      remedy,
    });
  }
  return mistakes;
}

/** Where nobody can tell what the name would be: it may be the secret. */
export const SECRET_NAME_REMEDY = "Keep the secret in Secrets Manager as stepwell/crm-api, and write 'crm-api' here.";

export function secretNameMistakes(secret: string, path: HttpMistake['path']): HttpMistake[] {
  if (SECRET_NAME.test(secret) && !LIKE_A_SECRET.test(secret) && secretIn(secret) === undefined) return [];
  const meant = secret
    .replace(/^stepwell\//, '')
    .replace(/[_ ]+/g, '-')
    .toLowerCase();
  const isName = SECRET_NAME.test(meant) && !LIKE_A_SECRET.test(meant) && secretIn(secret) === undefined;
  return [
    {
      path,
      rule: 'it is the name of a secret, in kebab-case, never the secret itself',
      remedy: isName ? `Write '${meant}': in Secrets Manager it is stepwell/${meant}.` : SECRET_NAME_REMEDY,
    },
  ];
}

function literalSecrets({ url, query, headers }: HttpConfig): HttpMistake[] {
  const remedy =
    "Take it out and revoke it; keep it in Secrets Manager, and use auth: apiKey('my-secret', …) or bearer('my-secret').";
  const inNamed = (values: Readonly<Record<string, string>>, of: 'query' | 'headers') =>
    Object.entries(values).flatMap(([name, value]) => {
      const isCredential = CREDENTIAL_NAME.test(name) && value.replace(PLACEHOLDER, '').trim() !== '';
      return isCredential || secretIn(value) !== undefined
        ? [{ path: ['config', of, name], rule: SECRET_RULE, remedy }]
        : [];
    });
  const plain = url.replace(PLACEHOLDER, '');
  const fromUrl = URL.canParse(plain)
    ? [...new URL(plain).searchParams].filter(([name, value]) => CREDENTIAL_NAME.test(name) && value !== '')
    : [];
  return [
    ...inNamed(query, 'query'),
    ...inNamed(headers, 'headers'),
    ...(fromUrl.length > 0 ? [{ path: ['config', 'url'], rule: SECRET_RULE, remedy }] : []),
    ...(fromUrl.length === 0 && secretIn(url) !== undefined && URL.canParse(plain) && !new URL(plain).password
      ? [{ path: ['config', 'url'], rule: SECRET_RULE, remedy: SECRET_REMEDY }]
      : []),
  ];
}

function headerMistakes({ headers }: HttpConfig): HttpMistake[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const path = ['config', 'headers', name];
    if (!HEADER_NAME.test(name)) return [{ path, rule: 'it is no name of a header', remedy: 'Rename it.' }];
    if (OWN_HEADERS.has(name.toLowerCase()))
      return [{ path, rule: 'each request sets this header itself', remedy: 'Remove it.' }];
    return /[^\x20-\x7e]/.test(value)
      ? [{ path, rule: 'a header has ASCII characters and no line break', remedy: 'Correct it.' }]
      : [];
  });
}

function placeholderMistakes({ url, query, headers }: HttpConfig, { partitions, cursor }: RowSource): HttpMistake[] {
  const places: [HttpMistake['path'], string][] = [
    [['config', 'url'], url],
    ...Object.entries(query).map(([name, value]): [HttpMistake['path'], string] => [['config', 'query', name], value]),
    ...Object.entries(headers).map(([name, value]): [HttpMistake['path'], string] => [
      ['config', 'headers', name],
      value,
    ]),
  ];
  return places.flatMap(([path, text]): HttpMistake[] => {
    if (/\{\{/.test(text)) {
      return [
        {
          path,
          rule: 'double braces are how SQL names the interval',
          remedy: 'Use single ones, e.g. {interval.start:date}.',
        },
      ];
    }
    if (/\$\{/.test(text)) {
      const remedy = `Write '${text.replaceAll('${', '{')}'.`;
      return [{ path, rule: 'the $ before a brace would stay where it is: this is no template of JavaScript', remedy }];
    }
    return [...text.matchAll(PLACEHOLDER)].flatMap(([written, inside = '']): HttpMistake[] => {
      const [, of, member = '', format] = KNOWN.exec(inside) ?? [];
      if (of === undefined) {
        return [
          {
            path,
            rule: `${written} stands for no value`,
            remedy: meantBy(inside, partitions),
          },
        ];
      }
      if (format !== undefined && !FORMATS.includes(format)) {
        return [
          {
            path,
            rule: `${written} names no format`,
            remedy: `Formats are ${FORMATS.join(', ')}: {${of}.${member}:date} is 2026-01-31.`,
          },
        ];
      }
      if (of === 'interval' && member !== 'start' && member !== 'end') {
        return [{ path, rule: `an interval has no ${member}`, remedy: 'Use {interval.start} or {interval.end}.' }];
      }
      if (of === 'cursor' && (cursor === undefined || (member !== 'from' && member !== 'to'))) {
        return [
          cursor === undefined
            ? { path, rule: `${written} needs a cursor`, remedy: "Name its column, e.g. cursor: 'updated_at'." }
            : { path, rule: `a cursor has no ${member}`, remedy: 'Use {cursor.from} or {cursor.to}.' },
        ];
      }
      if (of !== 'partition' || member === 'id') return [];
      const without = partitionWithout(member, partitions);
      if (partitions !== undefined && without === undefined) return [];
      return [
        without
          ? {
              path,
              ...lackOf(member, without, written),
            }
          : {
              path,
              rule: `${written} needs partitions`,
              remedy: `Name them, e.g. partitions: [{ id: 'a', ${member}: … }].`,
            },
      ];
    });
  });
}

/** What stands in braces, and is none of the values that there are. */
function meantBy(inside: string, partitions: RowSource['partitions']): string {
  const name = inside.trim();
  if (name in (partitions?.[0]?.values ?? {}) || name === 'id') return `Write {partition.${name}}.`;
  if (/^(ds|date|day|execution_date|logical_date)$/.test(name)) return 'Write {interval.start:date}.';
  if (/^(data_interval_)?(start|end)$/.test(name)) return `Write {interval.${name.replace('data_interval_', '')}}.`;
  if (/page|offset|limit/i.test(name)) return "Pages are turned by paginate, e.g. byPage({ parameter: 'page' }).";
  if (/secret|token|key|password/i.test(name)) return "A login is sent by auth, e.g. auth: bearer('crm-api').";
  return 'Use {partition.city}, {interval.start:date}, {cursor.from} and the like.';
}

/** As JSONPath and JSON Pointer begin: here a path begins in the answer, or the row. */
function isForeignPath(path: string): boolean {
  return /^(\$\.|\$\[|\$$|\/)/.test(path);
}

const FOREIGN = 'a path has names, dots and [0], and begins without $ and /';
const writtenHere = (path: string): string =>
  path
    .replace(/^\$?[./]?/, '')
    .replaceAll('/', '.')
    .replace(/\[\*\]|\.\*/g, '') || 'data';

function pagingMistakes({ paginate, query }: HttpConfig): HttpMistake[] {
  const mistakes: HttpMistake[] = [];
  if (paginate === undefined) return mistakes;
  if (paginate.kind !== 'page' && paginate.next !== undefined && isForeignPath(paginate.next)) {
    const path = ['config', 'paginate', 'next'];
    mistakes.push({ path, rule: FOREIGN, remedy: `Write '${writtenHere(paginate.next)}'.` });
  } else if (paginate.kind !== 'page' && paginate.next !== undefined && !PATH.test(paginate.next)) {
    mistakes.push({
      path: ['config', 'paginate', 'next'],
      rule: 'it is no path into the answer',
      remedy: "Use e.g. 'meta.next'.",
    });
  }
  const parameters =
    paginate.kind === 'link' ? [] : [paginate.parameter, ...(paginate.kind === 'page' ? [paginate.sizeParameter] : [])];
  for (const parameter of parameters) {
    if (parameter === undefined || !(parameter in query)) continue;
    mistakes.push({
      path: ['config', 'query', parameter],
      rule: 'paginate sets this parameter',
      remedy: 'Remove it here.',
    });
  }
  if (paginate.kind === 'page' && paginate.sizeParameter !== undefined && paginate.size === undefined) {
    mistakes.push({
      path: ['config', 'paginate', 'sizeParameter'],
      rule: 'there is no size to send',
      remedy: 'Give size, e.g. 100.',
    });
  }
  if (paginate.kind === 'page' && paginate.size !== undefined && paginate.size < 1) {
    mistakes.push({ path: ['config', 'paginate', 'size'], rule: 'a page has at least one row', remedy: 'Raise it.' });
  }
  return mistakes;
}

function numberMistakes({ rateLimit, timeoutSeconds, attempts, concurrency }: HttpConfig): HttpMistake[] {
  const mistakes: HttpMistake[] = [];
  if (rateLimit !== undefined && !(rateLimit > 0 && Number.isFinite(rateLimit))) {
    mistakes.push({ path: ['config', 'rateLimit'], rule: 'a rate is more than 0', remedy: 'Use e.g. perSecond(10).' });
  }
  if (!(timeoutSeconds > 0 && timeoutSeconds <= MOST_SECONDS)) {
    const rule = `a request may take up to ${MOST_SECONDS} seconds: several must fit into a function's 15 minutes`;
    mistakes.push({
      path: ['config', 'timeoutSeconds'],
      rule,
      remedy: 'Use e.g. timeout: seconds(30), and smaller pages.',
    });
  }
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MOST_AT_ONCE)) {
    const rule = `1 to ${MOST_AT_ONCE} partitions are requested at once`;
    mistakes.push({ path: ['config', 'concurrency'], rule, remedy: 'Use e.g. concurrency: 10.' });
  }
  if (!(Number.isInteger(attempts) && attempts >= 1 && attempts <= MOST_ATTEMPTS)) {
    mistakes.push({
      path: ['config', 'attempts'],
      rule: `a request is tried 1 to ${MOST_ATTEMPTS} times`,
      remedy: 'Use e.g. retry: { attempts: 3 }.',
    });
  }
  return mistakes;
}

const partitionWithout = (member: string, partitions: RowSource['partitions']) =>
  partitions?.find(({ values }) => values[member] === undefined);

const lackOf = (member: string, { id }: RowPartition, written: string) => ({
  rule: `partition '${id}' has no ${member}`,
  remedy: `Give each partition one, or correct ${written}.`,
});

function pathMistakes({ config, columns, partitions }: RowSource): HttpMistake[] {
  const { rows } = config as HttpConfig;
  const mistakes: HttpMistake[] = [];
  if (isForeignPath(rows)) {
    const remedy = rows === '$' ? 'Leave it out: the answer is the list.' : `Write '${writtenHere(rows)}'.`;
    mistakes.push({ path: ['config', 'rows'], rule: FOREIGN, remedy });
  } else if (rows !== '' && !PATH.test(rows)) {
    mistakes.push({
      path: ['config', 'rows'],
      rule: 'it is no path into the answer',
      remedy: "Use e.g. 'data.items' or 'results[0].rows'.",
    });
  }
  for (const [name, { header, type }] of Object.entries(columns)) {
    if (header === WHOLE_ROW && type.type !== 'json') {
      const rule = `'${WHOLE_ROW}' is the whole element, which is a document`;
      mistakes.push({ path: ['columns', name], rule, remedy: `Use json().from('${WHOLE_ROW}').` });
    }
    if (header === WHOLE_ROW && Object.values(columns).some(({ protection }) => protection !== undefined)) {
      const rule = 'it would hold what is personal data in another column, as it came';
      mistakes.push({
        path: ['columns', name],
        rule,
        remedy: 'Leave one of them out, or protect it in a later model.',
      });
    }
    const [, member = 'id'] = /^partition\.(\w+)$/.exec(header ?? '') ?? [];
    const without = member === 'id' ? undefined : partitionWithout(member, partitions);
    if (without !== undefined) {
      mistakes.push({ path: ['columns', name], ...lackOf(member, without, `.from('partition.${member}')`) });
      continue;
    }
    if (header !== undefined && /^\$[.[]/.test(header)) {
      mistakes.push({ path: ['columns', name], rule: FOREIGN, remedy: `Write .from('${writtenHere(header)}').` });
      continue;
    }
    if (header === undefined || header === '' || PATH.test(header) || !/[.[\]]/.test(header)) continue;
    // A name that only looks like a path is a name: `price [EUR]`.
    if (!/^[^\s]+$/.test(header)) continue;
    mistakes.push({
      path: ['columns', name],
      rule: `'${header}' is no path into a row`,
      remedy: "Use e.g. .from('main.temp') or .from('weather[0].main').",
    });
  }
  return mistakes;
}

export function partitionMistakes(partitions: readonly RowPartition[] | undefined): HttpMistake[] {
  const seen = new Set<string>();
  return (partitions ?? []).flatMap(({ id }, index) => {
    const path = ['partitions', index, 'id'];
    if (!PARTITION_ID.test(id)) {
      return [
        {
          path,
          rule: 'an id has letters, digits, _, - and ., at most 100: it is part of S3 keys',
          remedy: 'Rename it, and give what it was as a member.',
        },
      ];
    }
    if (seen.has(id)) return [{ path, rule: 'another partition has this id', remedy: 'Give each an id of its own.' }];
    seen.add(id);
    return [];
  });
}

/** Without the bounds in the request each run would read everything. */
function cursorMistakes({ url, query, headers }: HttpConfig, { cursor }: RowSource): HttpMistake[] {
  if (cursor === undefined) return [];
  const isUsed = [url, ...Object.values(query), ...Object.values(headers)].some((text) =>
    /\{cursor\.(from|to)/.test(text),
  );
  if (isUsed) return [];
  return [
    {
      path: ['cursor'],
      rule: 'the request does not say it, so each run would read everything',
      remedy: "Add e.g. query: { updated_since: '{cursor.from}', updated_before: '{cursor.to}' }.",
    },
  ];
}
