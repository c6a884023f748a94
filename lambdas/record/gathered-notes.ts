import { type Gathered, gatheredText } from '../../lib/tasks/gather';

/** What a person may want to know of how a run's files were gathered. */
export function gatheredNotes(gathered: Gathered | undefined): string[] {
  if (gathered?.by === 'late')
    return [`${gatheredText(gathered)} came when the run of that date had started: this run is of them alone.`];
  if (gathered?.by === 'person') return [`${gatheredText(gathered)}: a person had them loaded before they were whole.`];
  return [];
}
