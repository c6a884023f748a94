/** What does not fit together where a run loads many files. */
import { dateTokensOf } from '../tasks/dated-globs';
import { type Problem, show } from './errors';
import { markerGlobs, sameDates } from './gather';
import { datedGlobMistake } from './globs';

interface Parts {
  readonly trigger: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, unknown>>;
  readonly sinks: readonly Readonly<Record<string, unknown>>[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether runs load files together, which then may be named by dates. */
export const gathers = (trigger: Readonly<Record<string, unknown>>): boolean =>
  trigger.kind === 's3Arrival' && (trigger.batch !== undefined || trigger.whole !== undefined);

/** Globs that are right in themselves. */
const globsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : []).filter(
    (one): one is string => typeof one === 'string' && datedGlobMistake(one) === undefined,
  );

export function gatherMistakes({ trigger, sources, sinks }: Parts): Problem[] {
  if (trigger.kind !== 's3Arrival') return [];
  const patterns = globsOf(trigger.patterns);
  if (!gathers(trigger)) return [...datesOfOneFile(trigger.patterns), ...deadlineOfNothing(trigger)];
  return [
    ...bothRules(trigger),
    ...deadlineOfNothing(trigger),
    ...otherDates(patterns),
    ...tooLong(trigger, patterns),
    ...markerOf(trigger.whole, patterns),
    ...daysOfNoDate(trigger.deadline, patterns),
    ...datesOfSources(sources, patterns),
    ...tablesOfAPart(trigger, patterns, sinks),
  ];
}

/** A run for each file has no use for dates. */
function datesOfOneFile(patterns: unknown): Problem[] {
  return (Array.isArray(patterns) ? patterns : []).flatMap((pattern, index) => {
    if (typeof pattern !== 'string' || datedGlobMistake(pattern) || dateTokensOf(pattern).length === 0) return [];
    const rule = 'each file starts a run of its own, whatever date it is named by';
    const remedy = `Write * in place of ${dateTokensOf(pattern)[0]}, or load the files of each date together: s3Arrival('…', { whole: quiet(minutes(10)) }).`;
    return [{ field: `trigger.patterns[${index}]`, value: show(pattern), rule, remedy }];
  });
}

function bothRules({ batch, whole }: Parts['trigger']): Problem[] {
  if (batch === undefined || whole === undefined) return [];
  const rule = 'a batch starts with what is there, whole waits until all is there';
  return [{ field: 'trigger.batch', value: show(batch), rule, remedy: 'Use one of them.' }];
}

function deadlineOfNothing({ deadline, whole, batch }: Parts['trigger']): Problem[] {
  if (deadline === undefined || whole !== undefined) return [];
  const rule =
    batch === undefined ? 'nothing says when the files are whole' : 'a batch never waits longer than its window';
  const remedy = "Say when they are, e.g. whole: marker('_SUCCESS'), or remove it.";
  return [{ field: 'trigger.deadline', value: show(deadline), rule, remedy }];
}

/** The function is told of them by an environment variable: Lambda takes 4 KB of all. */
const MOST_CHARACTERS = 2_500;

function tooLong({ whole }: Parts['trigger'], patterns: readonly string[]): Problem[] {
  const marker = isRecord(whole) && typeof whole.file === 'string' ? markerGlobs(whole.file, patterns) : [];
  const characters = [...patterns, ...marker].join('').length;
  if (characters <= MOST_CHARACTERS) return [];
  const rule = `they have ${characters} characters together, and there is room for ${MOST_CHARACTERS} where files are gathered`;
  return [{ field: 'trigger.patterns', rule, remedy: 'Write fewer, coarser ones: what no source reads is left out.' }];
}

function otherDates([first, ...others]: readonly string[]): Problem[] {
  const index = others.findIndex((other) => !sameDates(first!, other));
  if (index < 0) return [];
  const tokens = dateTokensOf(first!);
  const rule = `it names other dates than '${first}', so files of the two are never of one group`;
  const remedy = tokens.length > 0 ? `Write ${tokens.join(', ')} in both.` : 'Write the dates in both, or in none.';
  return [{ field: `trigger.patterns[${index + 1}]`, value: show(others[index]), rule, remedy }];
}

function markerOf(whole: unknown, patterns: readonly string[]): Problem[] {
  if (!isRecord(whole) || whole.kind !== 'marker' || typeof whole.file !== 'string') return [];
  if (datedGlobMistake(whole.file) || patterns.length === 0) return [];
  const globs = markerGlobs(whole.file, patterns);
  const at = { field: 'trigger.whole.file', value: show(whole.file) };
  if (globs.length > 1) {
    const rule = `the patterns have several folders, and it would be one of ${globs.join(', ')}`;
    return [{ ...at, rule, remedy: `Name the one that counts, e.g. marker('${globs[0]}').` }];
  }
  const [glob] = globs as [string];
  if (sameDates(glob, patterns[0]!)) return [];
  const tokens = dateTokensOf(patterns[0]!);
  if (tokens.length === 0) {
    const rule = 'it names a date, and the patterns name none';
    return [{ ...at, rule, remedy: 'Write the date in the patterns, or * in place of it here.' }];
  }
  const rule = `the patterns name ${tokens.join(', ')}, so it must say which of their files are whole`;
  const folder = patterns[0]!.slice(0, patterns[0]!.indexOf('{yyyy}'));
  const remedy = `Write e.g. marker('${folder}${tokens.join('-')}.done').`;
  return [{ ...at, rule, remedy }];
}

function daysOfNoDate(deadline: unknown, patterns: readonly string[]): Problem[] {
  if (!isRecord(deadline) || deadline.daysLater === undefined || patterns.length === 0) return [];
  if (dateTokensOf(patterns[0]!).length > 0) return [];
  const rule = 'the patterns name no date that days could be counted from';
  const remedy = "Remove it, or write e.g. s3Arrival('sales/{yyyy}/{MM}/{dd}/*.csv', …).";
  return [{ field: 'trigger.deadline.daysLater', value: show(deadline.daysLater), rule, remedy }];
}

/** Files of a source may be named by the date of their group, and by no other. */
function datesOfSources(sources: Parts['sources'], patterns: readonly string[]): Problem[] {
  if (patterns.length === 0 || dateTokensOf(patterns[0]!).length > 0) return [];
  return Object.entries(sources).flatMap(([name, source]) => {
    if (!isRecord(source) || source.kind !== 'landedFiles' || !Array.isArray(source.files)) return [];
    return source.files.flatMap((file, index) => {
      const glob: unknown = isRecord(file) ? file.glob : undefined;
      if (typeof glob !== 'string' || datedGlobMistake(glob) || dateTokensOf(glob).length === 0) return [];
      const field = `sources.${name}.files[${index}].glob`;
      const rule = "the trigger's patterns name no date";
      return [{ field, value: show(glob), rule, remedy: `Write s3Arrival('${glob}', …) as well, or * here.` }];
    });
  });
}

/** `replace()` is for runs that have all there is. */
function tablesOfAPart({ batch }: Parts['trigger'], patterns: readonly string[], sinks: Parts['sinks']): Problem[] {
  const isDated = patterns.some((pattern) => dateTokensOf(pattern).length > 0);
  if (batch === undefined && !isDated) return [];
  return sinks.flatMap(({ write }, index) => {
    if (!isRecord(write) || write.mode !== 'replace' || write.interval !== undefined) return [];
    const rule =
      batch === undefined
        ? 'a file that comes late would take the place of the whole table, alone'
        : 'each batch would take the place of the whole table';
    const remedy =
      batch === undefined
        ? 'Use merge(key) or append(), or name no dates: each delivery is then a set of its own, and what comes late belongs to the next.'
        : "Use merge(key) or append(), or wait for all files: whole: marker('_SUCCESS').";
    return [{ field: `sinks[${index}].write`, value: 'replace()', rule, remedy }];
  });
}
