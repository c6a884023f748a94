/**
 * What builders do with options that are not as they should be, which TypeScript would show and JavaScript does not: nothing. They stay
 * where they were written, for validation to name them; a builder neither throws nor drops them.
 */

type Options = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Options =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** No builder has an option of this name. */
export const NO_OPTIONS = '(options)';

/** The options of a call; what is no object stands under a name of its own. */
export const optionsOf = <T extends object>(given: T | undefined): T =>
  (given === undefined || isObject(given) ? { ...given } : { [NO_OPTIONS]: given }) as T;

/** The options that do not fit, as they were written. */
export const misfitsOf = (options: Options, fits: Readonly<Record<string, (value: unknown) => boolean>>): Options =>
  Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== undefined && !fits[name]?.(value)));

/** With nothing in it but the number `name`, as `{ seconds: 30 }`. */
export const holdsOnly =
  (name: string) =>
  (value: unknown): boolean =>
    isObject(value) && Object.keys(value).length === 1 && Number.isFinite(value[name]);

/** What a partition says beside its id is checked by the shape. */
export const arePartitions = (value: unknown): boolean => Array.isArray(value) && value.every(isObject);
