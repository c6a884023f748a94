// The baseline: bare @duckdb/node-api running the same SQL on the same Parquet, on local files.
const { readFileSync, rmSync } = require('node:fs');
const { DuckDBInstance } = require('@duckdb/node-api');

async function main() {
  const { files, sql, parquet, out } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const start = performance.now();
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '1024MB',
    preserve_insertion_order: 'false',
    temp_directory: `${out}.spill`,
  });
  const connection = await instance.connect();
  for (const [name, paths] of Object.entries(files)) {
    await connection.run(
      `CREATE TEMP VIEW ${name} AS SELECT * FROM read_parquet([${paths.map((path) => `'${path}'`).join(', ')}])`,
    );
  }
  const { rowsChanged } = await connection.run(`COPY (${sql}) TO '${out}' ${parquet}`);
  const ms = performance.now() - start;
  const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  const { user, system } = process.cpuUsage();
  process.stdout.write(
    `RESULT ${JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakMb: Number(peak[1]) / 1024, output: { rows: Number(rowsChanged) } })}\n`,
  );
  rmSync(out, { force: true });
  process.exit(0);
}

main().catch((error) => {
  process.stdout.write(`RESULT ${JSON.stringify({ error: error.message })}\n`);
  process.exit(1);
});
