// A function's environment: loads the bundle, runs the handler once on the event in a file, prints time and peak memory.
const { readFileSync } = require('node:fs');

async function main() {
  const [bundle, eventFile, attempt] = process.argv.slice(2);
  const { handler } = require(bundle);
  const event = JSON.parse(readFileSync(eventFile, 'utf8'));
  const start = performance.now();
  const output = await handler(event, { awsRequestId: attempt, getRemainingTimeInMillis: () => 900_000 });
  const ms = performance.now() - start;
  const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  const { user, system } = process.cpuUsage();
  process.stdout.write(
    `RESULT ${JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakMb: Number(peak[1]) / 1024, output })}\n`,
  );
  process.exit(0);
}

main().catch((error) => {
  process.stdout.write(`RESULT ${JSON.stringify({ error: `${error.name}: ${error.message}` })}\n`);
  process.exit(1);
});
