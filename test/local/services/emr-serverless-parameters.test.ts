/** What a job asks for, as its parameters say it. */
import { readSubmitParameters } from '../../../lib/local/services/emr-serverless/submit-parameters';
import { exceeds, localHeapMb, utilization, workersOf } from '../../../lib/local/services/emr-serverless/workers';

test('parameters are split as a shell splits them, in the terms of spark-submit', () => {
  const { confs, pyFiles, others } = readSubmitParameters(
    `--conf spark.a=1 --conf "spark.b=x y" --conf=spark.c='d e' --executor-memory 2g --py-files s3://b/a.zip,s3://b/b.py --class Main`,
  );
  expect([...confs]).toEqual([
    ['spark.a', '1'],
    ['spark.b', 'x y'],
    ['spark.c', 'd e'],
    ['spark.executor.memory', '2g'],
  ]);
  expect(pyFiles).toEqual(['s3://b/a.zip', 's3://b/b.py']);
  expect(others).toEqual(['--class', 'Main']);
  expect(() => readSubmitParameters('--master yarn')).toThrow('--master is not supported in sparkSubmitParameters.');
  expect(() => readSubmitParameters('--conf spark.a')).toThrow(
    'A --conf in sparkSubmitParameters is written name=value.',
  );
});

test('workers have the memory beside their heap, and are billed by the second, for a minute at the least', () => {
  const workers = workersOf(
    new Map([
      ['spark.driver.cores', '2'],
      ['spark.driver.memory', '7447m'],
      ['spark.executor.memory', '14894m'],
      ['spark.dynamicAllocation.maxExecutors', '2'],
    ]),
  );
  expect(workers).toEqual({
    driver: { cores: 2, memoryGb: 8, diskGb: 20 },
    executor: { cores: 4, memoryGb: 16, diskGb: 20 },
    executors: 2,
  });
  const { used, billed } = utilization(workers, 30_000);
  expect(used).toEqual({ vCPUHour: 0.083, memoryGBHour: 0.333, storageGBHour: 0.5 });
  expect(billed).toEqual({ vCPUHour: 0.167, memoryGBHour: 0.667, storageGBHour: 0 });
  expect(exceeds({ cpu: '6 vCPU', memory: '24 GB' }, workers)).toBeUndefined();
  expect(exceeds({ cpu: '5 vCPU', memory: '24 GB' }, workers)).toMatch(/exceeded maximumCapacity settings/);
});

test('the one JVM here has the larger heap, as far as the machine goes', () => {
  const confs = new Map([
    ['spark.driver.memory', '2g'],
    ['spark.executor.memory', '4g'],
  ]);
  expect(localHeapMb(confs, 16_384)).toBe(4096);
  expect(localHeapMb(confs, 4096)).toBe(2457);
});
