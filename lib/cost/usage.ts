/** What runs have used, added up. */
import type { RequestKind, Requests, SparkHours, Stretch } from '../tasks/usage';

export interface Usage {
  readonly invocations: number;
  readonly billedMs: number;
  /** memory that a function has, by the time that is billed; MB by ms */
  readonly mbMs: number;
  readonly requests: Requests;
  /** when statements ran in Redshift, by their ids: more than one invocation may tell of one */
  readonly redshift: Readonly<Record<string, Stretch | null>>;
  /** when Aurora was called */
  readonly aurora: readonly Stretch[];
  /** jobs on EMR Serverless, by their ids: more than one invocation may tell of one */
  readonly spark: Readonly<Record<string, SparkHours>>;
}

export const NOTHING_USED: Usage = {
  invocations: 0,
  billedMs: 0,
  mbMs: 0,
  requests: {},
  redshift: {},
  aurora: [],
  spark: {},
};

export const gbSeconds = ({ mbMs }: Pick<Usage, 'mbMs'>): number => mbMs / 1024 / 1000;

/** All of them together. */
export function sumOf(all: readonly Usage[]): Usage {
  const requests: Partial<Record<RequestKind, number>> = {};
  const redshift: Record<string, Stretch | null> = {};
  for (const one of all) {
    for (const [kind, amount] of Object.entries(one.requests) as [RequestKind, number][])
      requests[kind] = (requests[kind] ?? 0) + amount;
    for (const [id, ran] of Object.entries(one.redshift)) redshift[id] = ran ?? redshift[id] ?? null;
  }
  const sum = (of: (one: Usage) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    invocations: sum(({ invocations }) => invocations),
    billedMs: sum(({ billedMs }) => billedMs),
    mbMs: sum(({ mbMs }) => mbMs),
    requests,
    redshift,
    aurora: all.flatMap(({ aurora }) => aurora),
    spark: Object.assign({}, ...all.map(({ spark }) => spark)),
  };
}

export interface Billing {
  /** ms: what each time of activity costs at the least */
  readonly leastMs: number;
  /** ms: how long it is billed after the last use */
  readonly afterMs: number;
}

/** Redshift Serverless: by the second, 60 at the least whenever it wakes. */
export const REDSHIFT_BILLING: Billing = { leastMs: 60_000, afterMs: 0 };

export interface Awake {
  readonly ms: number;
  /** ms since 1970: until then it is billed already */
  readonly until: number;
}

/** For how long a database that sleeps between uses is billed, were these all that woke it. `since`: it is billed until then already. */
export function awake(stretches: readonly Stretch[], { leastMs, afterMs }: Billing, since = 0): Awake {
  let [ms, until] = [0, since];
  for (const [from, took] of [...stretches].sort((a, b) => a[0] - b[0])) {
    const wakes = from > until;
    const end = Math.max(from + took + afterMs, wakes ? from + leastMs : until);
    ms += end - (wakes ? from : until);
    until = end;
  }
  return { ms, until };
}

/** Of all jobs together. */
export function sparkHours({ spark }: Pick<Usage, 'spark'>): SparkHours {
  const sum = (of: keyof SparkHours) => Object.values(spark).reduce((total, hours) => total + hours[of], 0);
  return { vcpuHours: sum('vcpuHours'), memoryGbHours: sum('memoryGbHours'), storageGbHours: sum('storageGbHours') };
}

export const ranIn = ({ redshift }: Pick<Usage, 'redshift'>): Stretch[] =>
  Object.values(redshift).filter((ran) => ran !== null);

/** Statements of which nobody has told how long they took. */
export const unknownIn = ({ redshift }: Pick<Usage, 'redshift'>): number =>
  Object.values(redshift).filter((ran) => ran === null).length;
