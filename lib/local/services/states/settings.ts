/** What a state machine carries that does not change how it runs here, and its tags. */

interface Settings {
  readonly loggingConfiguration?: unknown;
  readonly tracingConfiguration?: unknown;
  readonly encryptionConfiguration?: unknown;
}

export function settingsOf(input: Settings): Readonly<Record<string, unknown>> {
  const {
    loggingConfiguration = { level: 'OFF', includeExecutionData: false },
    tracingConfiguration = { enabled: false },
    encryptionConfiguration,
  } = input;
  return {
    loggingConfiguration,
    tracingConfiguration,
    ...(encryptionConfiguration === undefined ? {} : { encryptionConfiguration }),
  };
}

interface Tag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

/** Unlike most APIs, this one writes `key` and `value` in lower case. */
export const tagRecord = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ key = '', value = '' }) => [key, value]));

export const tagItems = (tags: Readonly<Record<string, string>>): { key: string; value: string }[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));
