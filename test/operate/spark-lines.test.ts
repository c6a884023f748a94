/** Which lines of a Spark job's log are shown. */
import { sparkLine } from '../../lib/operate/spark-lines';

const logStreamName = 'run-1/ranked/applications/00a/jobs/00b/SPARK_DRIVER/stderr';
const shown = (message: string, name = logStreamName) =>
  sparkLine({ message, timestamp: 0, eventId: '1', logStreamName: name }).map(({ level, message: text }) => [
    level,
    text,
  ]);

test('what the model prints, what Spark warns of, and why it ended; not that it is at work', () => {
  expect(shown('Model ranked: 3 rows in 1 files')).toEqual([['INFO', 'Model ranked: 3 rows in 1 files']]);
  expect(shown('26/11/22 02:20:16 INFO SparkContext: Running Spark version 3.5.5')).toEqual([]);
  expect(shown('26/11/22 02:20:17 WARN NativeCodeLoader: Unable to load native-hadoop library')).toEqual([]);
  expect(shown('26/11/22 02:20:17 WARN TaskSetManager: Lost task 0.0')).toEqual([
    ['WARN', 'TaskSetManager: Lost task 0.0'],
  ]);
  expect(shown('java.lang.OutOfMemoryError: Java heap space')).toEqual([
    ['ERROR', 'java.lang.OutOfMemoryError: Java heap space'],
  ]);
  // As a JVM says it that ends at once.
  expect(shown('Terminating due to java.lang.OutOfMemoryError: Java heap space')).toEqual([
    ['ERROR', 'Terminating due to java.lang.OutOfMemoryError: Java heap space'],
  ]);
  expect(shown('Picked up JAVA_TOOL_OPTIONS: -XX:+UseSerialGC')).toEqual([]);
  expect(shown('\tat org.apache.spark.Thing.run(Thing.scala:1)')).toEqual([]);
});

test('a line says of which model it is, and of which worker', () => {
  const [line] = sparkLine({
    message: 'hello',
    timestamp: 0,
    eventId: '1',
    logStreamName: 'run-1/ranked/applications/00a/jobs/00b/SPARK_EXECUTOR/3/stdout',
  });
  expect(line).toMatchObject({
    function: 'spark',
    details: { model: 'ranked', worker: 'executor', stream: 'stdout' },
  });
});
