/** Every verb prints one document: as JSON for scripts, or as lines for people. */

export interface VerbOptions {
  readonly json: boolean;
  /** of the local cloud; `.stepwell` of this project unless told */
  readonly stateDir?: string;
  /** of the AWS shared configuration: an account is meant, not the local cloud */
  readonly profile?: string;
  readonly env?: string;
  readonly region?: string;
}

export const DEFAULT_PORT = 4510;

export interface Printer {
  print<T>(document: T, lines: (document: T) => readonly string[]): void;
}

export const printer = ({ json }: { readonly json: boolean }): Printer => ({
  print(document, lines) {
    const text = json ? JSON.stringify(document, null, 2) : lines(document).join('\n');
    process.stdout.write(`${text}\n`);
  },
});
