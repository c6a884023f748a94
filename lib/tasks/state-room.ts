/**
 * What partitions take of a run's state. Step Functions holds 256 KiB of it, and fails a run that has more (States.DataLimitExceeded);
 * an inline Map hands on what each of its partitions has staged. A Distributed Map writes that into S3: it is the one that tolerates
 * failures.
 */

/** Of 256 KiB: a partition that goes on from a checkpoint stages once an invocation. */
export const STATE_BYTES = 240 * 1024;

/**
 * Measured (test/tasks/state-room.test.ts): `[{"manifest":{"key":"runs/<pipeline>/<run>/manifests/<source>-<id>-<attempt>.json","etag",
 * "length"},"rows","bytes","rejected"}]` and a comma, without the names, with the longest id of a run (80 characters; those of
 * EventBridge have 73) and counts of ten digits. So there is room for some 790 partitions of names like `weather`, `observations`,
 * `berlin`.
 */
const NAMELESS_BYTES = 285;

/** Partitions of a source are named so when it runs: `range-0001`. */
const PLANNED_ID = 'range-0001';

export const stagedBytes = (pipeline: string, source: string, id: string = PLANNED_ID): number =>
  NAMELESS_BYTES + pipeline.length + source.length + id.length;

/** Of the literal part of a task's input, which is 64 KiB with the columns and all else. */
export const DECLARED_PARTITIONS_BYTES = 48 * 1024;
