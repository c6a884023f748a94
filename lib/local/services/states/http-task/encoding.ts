/** Of query strings and forms. */
export type ArrayFormat = 'INDICES' | 'REPEAT' | 'COMMAS' | 'BRACKETS';

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const encode = (value: unknown): string => encodeURIComponent(text(value));
const pair = (key: string, value: unknown): string => `${encode(key)}=${encode(value)}`;

/** `own` is a text, a list of texts, or an object; what is added replaces what has the same name. */
export function queryOf(own: unknown, added: Readonly<Record<string, string>>): string {
  const more = Object.entries(added).map(([key, value]) => pair(key, value));
  if (own === undefined || own === null) return more.join('&');
  if (typeof own === 'string') return [own, ...more].join('&');
  if (Array.isArray(own)) return [...own.map(text), ...more].join('&');
  const kept = Object.entries(own).filter(([key]) => !Object.hasOwn(added, key));
  const pairs = kept.flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((one) => pair(key, one)));
  return [...pairs, ...more].join('&');
}

/** `a[b]=1&list[0]=x` */
export const formOf = (body: unknown, format: ArrayFormat): string => pairsOf(body, '', format).join('&');

function pairsOf(value: unknown, path: string, format: ArrayFormat): string[] {
  if (Array.isArray(value)) {
    if (format === 'COMMAS') return [`${encode(path)}=${value.map(encode).join(',')}`];
    return value.flatMap((item, index) => pairsOf(item, elementPath(path, index, format), format));
  }
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([key, member]) =>
      pairsOf(member, path === '' ? key : `${path}[${key}]`, format),
    );
  }
  return [pair(path, value ?? '')];
}

const elementPath = (path: string, index: number, format: ArrayFormat): string =>
  format === 'REPEAT' ? path : `${path}[${format === 'BRACKETS' ? '' : index}]`;
