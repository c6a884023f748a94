/** How the files of a run are shared among invocations, where the run's list says which they are. */
import type { PlanFilesOutput, PlanListInput } from '../../../lib/tasks/extract-files';
import { cutIntoRanges } from '../../shared/files/cut-into-ranges';
import { matcher } from '../../shared/files/matches';
import { readList } from '../../shared/run-list';
import { type FoundFile, makePartitions } from './make-partitions';
import { MOST_RANGES, stageNothing, type WriteEnvironment, writePlan } from './plan-files';

export async function planList(input: PlanListInput, environment: WriteEnvironment): Promise<PlanFilesOutput> {
  const { list, source } = input;
  const formats = source.files.map(({ glob, format }) => ({ format, matches: matcher(glob) }));
  const objects = await readList(environment, list);
  const files = objects.flatMap((object): FoundFile[] => {
    const found = formats.find(({ matches }) => matches(object.key));
    return found ? [{ object, format: found.format }] : [];
  });
  if (files.length === 0) {
    // They are another source's.
    return { partitions: 0, files: 0, bytes: 0, document: null, nothing: await stageNothing(input, environment) };
  }
  const cut = cutIntoRanges(environment.s3, { mostRanges: MOST_RANGES });
  const partitions = await makePartitions(files, { rangeBytes: source.rangeBytes, oneByOne: false, cut });
  const planned = partitions.map((slices, index) => ({ id: String(index).padStart(5, '0'), slices }));
  return writePlan(input, planned, environment);
}
