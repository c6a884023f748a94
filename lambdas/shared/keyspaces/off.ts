/** Whether sinks of Keyspaces are written at all. Without the driver: who only tells of it needs none. */

/** Why they are not: the local cloud has no Cassandra unless somebody gives it the address of one. */
export const NO_CASSANDRA =
  'no Cassandra is there. Have one: npm run cassandra, then npm start -- --cassandra, and load it again with --reprocess';

/** Never in an account. */
export const isOff = ({ STEPWELL_CASSANDRA, AWS_ENDPOINT_URL }: NodeJS.ProcessEnv = process.env): boolean =>
  !STEPWELL_CASSANDRA && Boolean(AWS_ENDPOINT_URL);
