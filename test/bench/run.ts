/** The run that every measured task belongs to. */
import type { Run } from '../../lib/tasks/common';

export const BENCH_RUN: Run = {
  pipeline: 'bench',
  runId: 'bench',
  executionArn: 'arn:aws:states:us-east-1:000000000000:execution:bench:bench',
  startedAt: '2026-01-05T00:00:00.000Z',
  loadKey: 'bench:0',
  loadId: '0000000000000000',
  generation: 0,
  arrival: '2026-01-05T00:00:00.000Z#0',
};
