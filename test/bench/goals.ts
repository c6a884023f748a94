/** The figures that have a goal, in one table whatever their section. */
export interface Goal {
  readonly measure: string;
  readonly figure: number;
  readonly unit: string;
  readonly goal: string;
  readonly met: boolean;
  /** the same measure of what it is compared with */
  readonly baseline?: number;
}

interface Measured {
  readonly measure: string;
  readonly figure: number;
  readonly unit: string;
  readonly baseline?: number;
}

export function atMost(limit: number, { measure, figure, unit, baseline }: Measured): Goal {
  return goal(`≤ ${limit}`, figure <= limit, { measure, figure, unit, baseline });
}

export function atLeast(limit: number, { measure, figure, unit, baseline }: Measured): Goal {
  return goal(`≥ ${limit}`, figure >= limit, { measure, figure, unit, baseline });
}

function goal(
  text: string,
  met: boolean,
  { measure, figure, unit, baseline }: Measured & { baseline?: number | undefined },
): Goal {
  return {
    measure,
    figure: round(figure),
    unit,
    goal: text,
    met,
    ...(baseline === undefined ? {} : { baseline: round(baseline) }),
  };
}

export const round = (value: number): number => Math.round(value * 100) / 100;
