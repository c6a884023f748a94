/** What a failed run has left in its targets, and whether a redrive can mend it. */

/** A redrive repeats these: it reads the same version of the file, with the plan that the run began with. */
const REPEATED = [
  'UnreadableFile',
  'ContractDrift',
  'TooManyBadRows',
  'CheckFailed',
  'ModelFailed',
  'InvalidTaskInput',
];
/** What a redriven extract reads anew where the source is no file: an API or a database may have been corrected meanwhile. */
const OF_WHAT_IS_READ = ['UnreadableFile', 'ContractDrift', 'TooManyBadRows'];

export interface FailedStep {
  readonly error: string;
  /** the state's name */
  readonly step?: string | undefined;
  /** a schedule has started the run */
  readonly scheduled: boolean;
}

export function isRepeatedByRedrive({ error, step = '', scheduled }: FailedStep): boolean {
  const readsFiles = /^Extract files? of /.test(step);
  if (scheduled && step.startsWith('Extract') && !readsFiles && OF_WHAT_IS_READ.includes(error)) return false;
  return REPEATED.includes(error);
}

/** Of an execution's history. */
export interface StateEvent {
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
  readonly stateExitedEventDetails?: { readonly name?: string | undefined } | undefined;
}

/** Sinks by what became of them. */
export interface Publication {
  readonly published: readonly string[];
  /** its transaction failed, and was rolled back */
  readonly not: readonly string[];
  /** it was under way when the run ended, so its transaction may have been committed after that */
  readonly unsure: readonly string[];
}

const PUBLISH = 'Publish ';
/** `Publish models` is of several sinks. */
const SINK = /^Publish \w+:/;
/** Go round through their state; the one after that says that it is done. */
const ROW_BY_ROW = /^(dynamoTable|keyspaces):/;
/** These say nothing of what the database did; and a lake has no transaction over its partitions, nor DynamoDB and Cassandra over their rows. */
const TELLS_NOTHING = /Time(d)?[oO]ut|^Lambda\.|^ABORTED$/;

/** `events` in any order; the states of Publish have the sinks' names. */
export function publicationOf(events: readonly StateEvent[], failed: Partial<FailedStep>): Publication {
  const sinks = (names: readonly (string | undefined)[]) => [
    ...new Set(names.flatMap((name) => (SINK.test(name ?? '') ? [name!.slice(PUBLISH.length)] : []))),
  ];
  const exited = events.map((event) => event.stateExitedEventDetails?.name);
  const published = sinks(exited)
    .filter((sink) => !ROW_BY_ROW.test(sink) || exited.includes(`Published ${sink}`))
    .sort();
  const open = sinks(events.map((event) => event.stateEnteredEventDetails?.name))
    .filter((sink) => !published.includes(sink))
    .sort();
  const isKnown = (sink: string) =>
    failed.step === `${PUBLISH}${sink}` &&
    !sink.startsWith('lake:') &&
    !ROW_BY_ROW.test(sink) &&
    !TELLS_NOTHING.test(failed.error ?? '');
  return { published, not: open.filter(isKnown), unsure: open.filter((sink) => !isKnown(sink)) };
}

/** One line for each of the three; a single one if there was nothing to lose. */
export function publicationLines({ published, not, unsure }: Publication): string[] {
  if (published.length + not.length + unsure.length === 0)
    return ['Nothing was published: the target tables are as they were before this run.'];
  return [
    ...(published.length > 0 ? [`Published before it failed: ${published.join(', ')}.`] : []),
    ...(not.length > 0 ? [`Not published, as they were before this run: ${not.join(', ')}.`] : []),
    ...(unsure.length > 0
      ? [`Under way when it failed, maybe published, maybe in part: ${unsure.join(', ')}. A redrive finds out.`]
      : []),
  ];
}
