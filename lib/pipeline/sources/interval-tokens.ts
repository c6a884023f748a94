/** Where a source's requests name the run's data interval: runs that a file has started have none. */

export interface IntervalToken {
  /** as it is written in the source: `query.since` */
  readonly option: string;
  readonly text: string;
  /** `{interval.start:date}` */
  readonly token: string;
}

const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';

/** `config` of any source, whose shape may be wrong. */
export function intervalTokens(config: unknown): IntervalToken[] {
  const { url, query, headers } = (config ?? {}) as Readonly<Record<string, unknown>>;
  const places: [string, unknown][] = [
    ['url', url],
    ...Object.entries(query ?? {}).map(([name, text]): [string, unknown] => [`query.${name}`, text]),
    ...Object.entries(headers ?? {}).map(([name, text]): [string, unknown] => [`headers.${name}`, text]),
  ];
  return places.filter(isText).flatMap(([option, text]) => {
    const [token] = /\{interval\.[^}]*\}/.exec(text) ?? [];
    return token === undefined ? [] : [{ option, text, token }];
  });
}
