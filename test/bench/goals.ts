/** The figures that have a goal, in one table whatever their section. */
export interface Goal {
  readonly measure: string;
  /** absent: it could not be measured */
  readonly figure?: number;
  readonly unit: string;
  readonly goal: string;
  readonly reached: 'yes' | 'no' | 'not measured';
  /** the same measure of what it is compared with */
  readonly baseline?: number;
}

interface Measured {
  readonly measure: string;
  /** undefined: it could not be measured */
  readonly figure: number | undefined;
  readonly unit: string;
  readonly baseline?: number;
}

export const atMost = (limit: number, measured: Measured): Goal =>
  goal(`≤ ${limit}`, (figure) => figure <= limit, measured);

export const atLeast = (limit: number, measured: Measured): Goal =>
  goal(`≥ ${limit}`, (figure) => figure >= limit, measured);

function goal(
  text: string,
  isReached: (figure: number) => boolean,
  { measure, figure, unit, baseline }: Measured,
): Goal {
  return {
    measure,
    ...(figure === undefined ? {} : { figure: round(figure) }),
    unit,
    goal: text,
    reached: figure === undefined ? 'not measured' : isReached(figure) ? 'yes' : 'no',
    ...(baseline === undefined ? {} : { baseline: round(baseline) }),
  };
}

export const round = (value: number): number => Math.round(value * 100) / 100;
