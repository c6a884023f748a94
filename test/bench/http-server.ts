/** Pages of a thousand rows, made once: `http-server <pages> <short or long numbers>`. Prints its endpoint as the first line. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'lossless-json';
import { interactionOf } from '../../lib/samples/crm/interactions';

export const PAGE_ROWS = 1000;

function main(pages: number, longNumbers: boolean): void {
  const rows = Array.from({ length: PAGE_ROWS }, (_, index) => interactionOf(20_000, index, PAGE_ROWS));
  const data = stringify(
    longNumbers ? rows : rows.map((row) => ({ ...row, external_ref: Number(row.external_ref % 1_000_000_007n) })),
  );
  const server = createServer((request, response) => {
    const page = Number(new URL(request.url!, 'http://127.0.0.1').searchParams.get('cursor') ?? 0);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"data":${data},"next":${page + 1 < pages ? `"${page + 1}"` : 'null'}}`);
  });
  server.listen(0, '127.0.0.1', () =>
    process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`),
  );
  // Ends with the process that started it.
  process.stdin.resume().on('end', () => process.exit(0));
}

if (require.main === module) main(Number(process.argv[2]), process.argv[3] === 'long');
