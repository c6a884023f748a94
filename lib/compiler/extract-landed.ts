/**
 * The branch of a source of files in runs of a schedule, or whose files were gathered: Plan lists the files of the interval into a document
 * (those that were gathered stand in a list already), a Distributed Map reads
 * its items from there, and Collect makes one manifest of what the children staged. There may be thousands of files, of which the
 * state never knows more than the document's key.
 */
import type { JsonObject, SubMachine } from '../asl/types';
import type { LandedFiles } from '../pipeline/types';
import { anyDate } from '../tasks/dated-globs';
import type { FusedDataset } from '../tasks/extract-files';
import type { Schedule } from '../tasks/schedule';
import { collectedLater, collectState, mapLabel } from './distributed-map';
import type { MakeTask } from './extract';

export interface LandedSource {
  readonly name: string;
  readonly source: LandedFiles;
  /** absent: the files stand in the run's list */
  readonly schedule?: Schedule | undefined;
  /** as `extract-files` wants it */
  readonly contract: JsonObject;
  readonly datasets: readonly FusedDataset[];
}

const MIB = 1024 * 1024;
/** Of Lambda's concurrency, which an account's functions share. */
const CONCURRENCY = 40;

export function landedBranch({ name, source, schedule, contract, datasets }: LandedSource, task: MakeTask): SubMachine {
  const plan = `Plan ${name}`;
  const any = `Files of ${name}?`;
  const none = `No files of ${name}`;
  const map = `Extract ${name}`;
  const extract = `Extract files of ${name}`;
  const tolerate = source.tolerate ?? 0;
  return {
    StartAt: plan,
    States: {
      [plan]: task('extract-files', {
        comment: 'Which files there are, and how they are shared out',
        payload: schedule
          ? {
              action: 'plan',
              run: '{% $run %}',
              source: {
                name,
                files: source.files as unknown as JsonObject[],
                rangeBytes: source.rangeMiB * MIB,
                schedule: { ...schedule },
                intervalsBack: source.intervalsBack ?? 0,
                optional: source.optional ?? false,
                oneByOne: tolerate > 0,
              },
            }
          : {
              action: 'plan-list',
              run: '{% $run %}',
              list: '{% $list %}',
              source: {
                name,
                files: source.files.map(({ glob, format }) => ({
                  glob: anyDate(glob),
                  format,
                })) as unknown as JsonObject[],
                rangeBytes: source.rangeMiB * MIB,
              },
            },
        next: any,
      }),
      [any]: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.partitions > 0 %}', Next: map }],
        Default: none,
      },
      [none]: { Type: 'Succeed', Output: '{% $states.input.nothing %}' },
      [map]: {
        Type: 'Map',
        Comment: 'One child execution for some small files, a large one, or a range of one',
        Label: mapLabel(name),
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          Arguments: { Bucket: `\${WorkBucketName}`, Key: '{% $states.input.document.key %}' },
        },
        MaxConcurrency: CONCURRENCY,
        ...(tolerate > 0 ? { ToleratedFailurePercentage: tolerate * 100 } : {}),
        // Children are executions of their own: they see no variable of the run.
        ItemSelector: {
          source: name,
          run: '{% $run %}',
          partition: '{% $states.context.Map.Item.Value %}',
          partitions: '{% $states.input.partitions %}',
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: extract,
          States: {
            [extract]: task('extract-files', {
              payload: {
                action: 'extract',
                run: '{% $states.input.run %}',
                source: contract,
                partition: '{% $states.input.partition %}',
                partitions: '{% $states.input.partitions %}',
                datasets: datasets as unknown as JsonObject[],
              },
              output: '{% [$states.result.Payload] %}',
            }),
          },
        },
        ...collectedLater(name, '{% $states.input.partitions %}'),
      },
      ...collectState(name, 'What the children staged, in one manifest', task),
    },
  };
}
