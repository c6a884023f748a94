// The baseline: bare @duckdb/node-api running one statement over views of local files, with the same Parquet as the task's.
const { readFileSync, rmSync } = require('node:fs');
const { DuckDBInstance } = require('@duckdb/node-api');
const { measured } = require('./measured.cjs');

const { views, sql, parquet, out, memory } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
measured(async () => {
  // The fastest settings found: unordered, two threads.
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: memory,
    preserve_insertion_order: 'false',
    temp_directory: `${out}.spill`,
  });
  const connection = await instance.connect();
  for (const [name, from] of Object.entries(views)) {
    await connection.run(`CREATE TEMP VIEW ${name} AS SELECT * FROM ${from}`);
  }
  const { rowsChanged } = await connection.run(`COPY (${sql}) TO '${out}' ${parquet}`);
  return { output: { rows: Number(rowsChanged) }, after: () => rmSync(out, { force: true }) };
});
