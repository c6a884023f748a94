// The baseline: bare @duckdb/node-api doing the same typed read with rejects, the same SQL and the same Parquet, on a local file.
const { readFileSync, rmSync } = require('node:fs');
const { DuckDBInstance } = require('@duckdb/node-api');

async function main() {
  const { csv, columns, sql, out, parquet } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const start = performance.now();
  // The fastest settings found: unordered, two threads, a small buffer.
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '512MB',
    preserve_insertion_order: 'false',
    temp_directory: `${out}.spill`,
  });
  const connection = await instance.connect();
  await connection.run(`CREATE TEMP VIEW bench AS SELECT * FROM read_csv('${csv}', header = true, delim = ',', quote = '"',
    escape = '"', auto_detect = false, strict_mode = true, buffer_size = 4194304, columns = {${columns}},
    store_rejects = true, rejects_limit = 0)`);
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
