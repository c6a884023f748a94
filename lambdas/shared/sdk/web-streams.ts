/** Stands in for `node:stream/web` in middy: no task answers with a stream. */
export class ReadableStream {}
