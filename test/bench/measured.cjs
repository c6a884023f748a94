// The end of every measured process: runs the work once, prints its time, processor time, peak memory and output as `RESULT {json}`.
const { readFileSync } = require('node:fs');

/** @param {() => Promise<{ output: object, after?: () => void }>} work */
exports.measured = async (work) => {
  try {
    const start = performance.now();
    const { output, after } = await work();
    const ms = performance.now() - start;
    const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    const { user, system } = process.cpuUsage();
    print({ ms, cpuMs: (user + system) / 1000, peakMb: Number(peak[1]) / 1024, output });
    after?.();
    process.exit(0);
  } catch (error) {
    print({ error: `${error.name}: ${error.message}` });
    process.exit(1);
  }
};

const print = (result) => process.stdout.write(`RESULT ${JSON.stringify(result)}\n`);
