/** Whose job it is, and what it is billed for. */
import { usageOf } from '../../../lambdas/transform-spark/job-usage';

const cloudWatchLoggingConfiguration = { enabled: true, logStreamNamePrefix: 'run-1/ranked' };
const configurationOverrides = { monitoringConfiguration: { cloudWatchLoggingConfiguration } };
const used = { vCPUHour: 0.5, memoryGBHour: 2, storageGBHour: 10 };

test('what is billed counts as soon as it is told; until then what was used, without the disk that costs nothing', () => {
  const billed = { vCPUHour: 0.6, memoryGBHour: 2.4, storageGBHour: 1 };

  expect(
    usageOf({ configurationOverrides, totalResourceUtilization: used, billedResourceUtilization: billed }),
  ).toEqual({ runId: 'run-1', hours: { vcpuHours: 0.6, memoryGbHours: 2.4, storageGbHours: 1 } });
  expect(usageOf({ configurationOverrides, totalResourceUtilization: used })).toEqual({
    runId: 'run-1',
    hours: { vcpuHours: 0.5, memoryGbHours: 2, storageGbHours: 0 },
  });
});

test('a job that was cancelled before it began has used nothing; one that no run has started is of none', () => {
  expect(usageOf({ configurationOverrides }).hours).toEqual({ vcpuHours: 0, memoryGbHours: 0, storageGbHours: 0 });
  expect(usageOf({ totalResourceUtilization: used }).runId).toBeUndefined();
});
