/** The log that a user's own code gets. What a secret holds is left out of it, and of messages. */
import type { Logger } from '@aws-lambda-powertools/logger';

export interface UserLog {
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

export type Hide = (text: string) => string;

/** Shorter ones stand in too many words. */
const SHORTEST = 4;

export class Hidden {
  private readonly values = new Set<string>();

  /** Every text in the secret, at any depth. */
  add(secret: unknown): void {
    if (typeof secret === 'string') {
      if (secret.length < SHORTEST) return;
      this.values.add(secret);
      // As it stands in the JSON of a log line.
      this.values.add(JSON.stringify(secret).slice(1, -1));
    } else if (typeof secret === 'object' && secret !== null) {
      for (const member of Object.values(secret)) this.add(member);
    }
  }

  readonly hide: Hide = (text) => {
    let shown = text;
    for (const value of this.values) shown = shown.replaceAll(value, '***');
    return shown;
  };
}

export function userLog(log: Logger, hide: Hide = (text) => text): UserLog {
  const at = (level: keyof UserLog) => (message: string, details?: object) => {
    if (details === undefined) log[level](hide(String(message)));
    else log[level](hide(String(message)), { details: plain(details, hide) });
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function plain(details: object, hide: Hide): unknown {
  if (details instanceof Error) return hide(`${details.name}: ${details.message}`);
  try {
    return JSON.parse(hide(JSON.stringify(details, (_, value) => (typeof value === 'bigint' ? String(value) : value))));
  } catch {
    return hide(String(details));
  }
}
