// A function's environment: loads the bundle, runs the handler once on the event in a file.
const { readFileSync } = require('node:fs');
const { measured } = require('./measured.cjs');

const [bundle, eventFile, attempt] = process.argv.slice(2);
const { handler } = require(bundle);
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
measured(async () => ({
  output: await handler(event, { awsRequestId: attempt, getRemainingTimeInMillis: () => 900_000 }),
}));
