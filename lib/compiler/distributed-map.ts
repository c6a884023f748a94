/** What each distributed Map of extracts has: its children's results lie in the work bucket, and Collect makes one answer of them. */
import type { State } from '../asl/types';
import type { MakeTask } from './extract';

const MOST_LABEL_CHARACTERS = 40;

export const mapLabel = (source: string): string => source.slice(0, MOST_LABEL_CHARACTERS);

/** How the Map ends. `partitions`: their number, as JSONata. */
export const collectedLater = (source: string, partitions: string) => ({
  ResultWriter: {
    Resource: 'arn:aws:states:::s3:putObject',
    Arguments: {
      Bucket: `\${WorkBucketName}`,
      Prefix: "{% 'runs/' & $run.pipeline & '/' & $run.runId & '/map-results' %}",
    },
    WriterConfig: { OutputType: 'JSON', Transformation: 'COMPACT' },
  },
  Output: { results: '{% $states.result.ResultWriterDetails %}', partitions },
  Next: collectName(source),
});

export const collectState = (source: string, comment: string, task: MakeTask): Record<string, State> => ({
  [collectName(source)]: task('collect', {
    comment,
    payload: {
      run: '{% $run %}',
      source,
      partitions: '{% $states.input.partitions %}',
      results: '{% $states.input.results %}',
    },
  }),
});

const collectName = (source: string): string => `Collect ${source}`;
