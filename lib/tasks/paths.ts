/** Simple paths into nested values: `main.temp`, `weather[0].description`, `items.0.id`. */

export type Path = readonly (string | number)[];

const STEP = /(?:^|\.)([^.[\]]+)|\[(\d+)\]/y;

/** Undefined for what is no path. The empty text is the path of the value itself. */
export function parsePath(text: string): Path | undefined {
  const steps: (string | number)[] = [];
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (!match) return undefined;
    steps.push(match[1] ?? Number(match[2]));
  }
  return steps;
}
