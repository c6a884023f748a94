/**
 * Stands in for `@smithy/core/event-streams` in the bundles: no task reads an event stream (Transcribe, `SelectObjectContent`).
 * The SDK imports it on demand, which makes esbuild keep all of `@smithy/core`, used or not: 20 KB.
 */
export const eventStreamSerdeProvider = unavailable;

export const resolveEventStreamSerdeConfig = <T>(config: T): T => config;

export class EventStreamSerde {
  constructor() {
    unavailable();
  }
}

function unavailable(): never {
  throw new Error(
    'Event streams are left out of the bundles (lambdas/shared/sdk/event-streams.ts): no task uses them.',
  );
}
