/** What goes wrong while resources are made of a compiled pipeline; each message says what to do. */
export class SynthError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A handler does not bundle: its file is missing, does not parse, or imports what is not there. */
export class BundleFailed extends SynthError {}
/** DuckDB for Lambda's architecture is neither installed nor to be fetched. */
export class LayerUnavailable extends SynthError {}
/** The state machine breaks rules of `lib/asl`'s lint, or names a substitution that nothing fills. */
export class InvalidDefinition extends SynthError {}
