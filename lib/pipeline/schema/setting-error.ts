/** A setting that is not understood; the message says what it is, what the rule is, and what to do. */
export class SettingError extends Error {
  constructor(setting: string, value: unknown, rule: string, remedy: string) {
    super(`${setting} is ${JSON.stringify(value)}: ${rule}. ${remedy}`);
    this.name = 'SettingError';
  }
}

/** `-c` of the CDK's CLI gives texts. */
export function parsedJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
