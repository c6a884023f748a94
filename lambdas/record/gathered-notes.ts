import { type Gathered, gatheredText } from '../../lib/tasks/gather';

/** What a person may want to know of how a run's files were gathered. */
export function gatheredNotes(gathered: Gathered | undefined): string[] {
  if (gathered === undefined) return [];
  const { by, date, files, along = 0, ofStream } = gathered;
  const own = gatheredText({ files: files - along, date });
  return [
    ...(by === 'late' ? [`${own} came when the run of that date had started: this run is of ${alone(along)}.`] : []),
    ...(by === 'person' && !ofStream ? [`${own}: a person had them loaded before they were whole.`] : []),
    ...(along > 0
      ? [`${gatheredText({ files: along })} came along from a run that failed, as another of its files was put again.`]
      : []),
  ];
}

const alone = (along: number): string => (along === 0 ? 'them alone' : 'them, and of those that came along');
