/** `stepwell redrive <pipeline> --given-up`: batches of a stream that its function could not take. */
import { deployed, pipelineNamed } from '../operate/connection';
import { EXIT, Refused } from '../operate/errors';
import { type TakenAgain, takeAgain } from '../operate/given-up';
import { count, moment, oneLine, plural } from '../operate/text';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';
import { green, red, table, yellow } from './terminal';

export interface GivenUpOptions extends VerbOptions {
  readonly dropExpired: boolean;
}

export async function redriveGivenUp(pipeline: string, options: GivenUpOptions): Promise<void> {
  const connection = await connect(options);
  const at = pipelineNamed(await deployed(connection), pipeline);
  if (at.stream === undefined)
    throw new Refused(`--given-up is of a pipeline that a stream starts; ${pipeline} is none. Name a run to redrive.`);
  const batches: TakenAgain[] = [];
  const print = () => printer(options).print({ pipeline, batches }, () => linesOf(pipeline, batches, options));
  try {
    await takeAgain(connection, at.stream, { ...options, told: (batch) => batches.push(batch) });
  } catch (error) {
    // What has been done is done.
    if (batches.length > 0) print();
    throw error;
  }
  print();
  if (batches.some(({ outcome }) => outcome === 'failed' || (outcome === 'expired' && !options.dropExpired)))
    process.exitCode = EXIT.failed;
}

const PAINT = { taken: green, failed: red, expired: yellow } as const;

function linesOf(pipeline: string, batches: readonly TakenAgain[], { dropExpired }: GivenUpOptions): string[] {
  if (batches.length === 0) return [`Nothing of ${pipeline} was given up.`];
  const failed = batches.filter(({ outcome }) => outcome === 'failed');
  const expired = batches.filter(({ outcome }) => outcome === 'expired');
  const [first] = expired.map(({ arrivedAt }) => arrivedAt).toSorted();
  return [
    ...table(
      ['Came', 'Shard', 'Records', 'Given up for', 'Outcome'],
      batches.map(({ arrivedAt, shard, records, why, outcome, error, missing }) => [
        moment(arrivedAt),
        shard,
        count(records),
        why,
        `${PAINT[outcome](outcome)}${error === undefined ? '' : `: ${oneLine(error)}`}${missing ? `: at least ${count(missing)} kept no more` : ''}`,
      ]),
      { right: [2] },
    ),
    '',
    ...(failed.length > 0
      ? [
          `${plural(failed.length, 'batch', 'batches')} failed again and stay in the queue. What the function says: npx stepwell logs ${pipeline}`,
        ]
      : []),
    ...(first === undefined
      ? []
      : [
          `Records of ${plural(expired.length, 'batch', 'batches')} have left the stream. Where they are kept besides, they come back by: npx stepwell rebuild ${pipeline} --from ${first.slice(0, 10)}`,
          dropExpired ? 'Their notes are deleted.' : 'Then have their notes deleted: --drop-expired',
        ]),
  ];
}
