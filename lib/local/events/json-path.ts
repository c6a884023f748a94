/** The part of JSONPath that EventBridge knows: `$.detail.key`, `$['detail-type']`, `$.resources[0]`, `[*]`. Pure. */
const STEP = /\.([\p{L}\p{N}_$/-]+|\*)|\[(\d+|\*)\]|\['([^']+)'\]|\["([^"]+)"\]/uy;

export type Step = string | number | typeof EVERY;
export const EVERY = Symbol('*');

/** `undefined` when the text is no such path. */
export function parseJsonPath(path: string): readonly Step[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (!match) return undefined;
    const [, name, index, ...quoted] = match;
    if (name === '*' || index === '*') steps.push(EVERY);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push((name ?? quoted.find((text) => text !== undefined)) as string);
  }
  return steps;
}

/** With a wildcard: the list of all that matches. `undefined` when nothing is there. */
export function valueAt(value: unknown, path: string): unknown {
  const steps = parseJsonPath(path);
  return steps && follow(value, steps);
}

function follow(value: unknown, steps: readonly Step[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (step === EVERY) {
    const found = Object.values(value).map((element) => follow(element, rest));
    return found.filter((element) => element !== undefined);
  }
  return Object.hasOwn(value, step) ? follow((value as Record<string | number, unknown>)[step], rest) : undefined;
}
