import type { Client, Submittable } from 'pg';

/** What of pg's connection COPY FROM STDIN needs; its types leave it out. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
  readonly stream: NodeJS.WritableStream & { readonly writableNeedDrain: boolean };
}

/** Runs `COPY … FROM STDIN` with what `source` gives, at the pace of the server. Returns the number of rows. */
export function copyIn(client: Client, text: string, source: AsyncIterable<Uint8Array | string>): Promise<number> {
  return new Promise((resolve, reject) => {
    let rows = 0;
    let failed = false;
    let broken: unknown;
    const submission = {
      submit: (connection: CopyConnection) => connection.query(text),
      handleCopyInResponse(connection: CopyConnection) {
        void (async () => {
          try {
            for await (const chunk of source) {
              // The server has refused a row: what follows is of no use to it.
              if (failed) return;
              connection.sendCopyFromChunk(Buffer.from(chunk));
              if (connection.stream.writableNeedDrain)
                await new Promise((drained) => connection.stream.once('drain', drained));
            }
            if (!failed) connection.endCopyFrom();
          } catch (error) {
            broken = error;
            if (!failed) connection.sendCopyFail((error as Error).message);
          }
        })();
      },
      handleCommandComplete(message: { text: string }) {
        rows = Number(/\d+$/.exec(message.text)?.[0] ?? 0);
      },
      handleReadyForQuery: () => resolve(rows),
      handleError(error: Error) {
        failed = true;
        // What the source has said, not that the server was told to stop.
        reject(broken ?? error);
      },
      handleRowDescription() {},
      handleDataRow() {},
      handlePortalSuspended() {},
      handleEmptyQuery() {},
    };
    client.query(submission as unknown as Submittable);
  });
}
