/** Keys by which alerts are sent once, where more than one function must know them. */

/** Of a run that has succeeded without some of its partitions. */
export const partialKey = (runId: string, redriveCount: number): string => `${runId}#${redriveCount}`;
