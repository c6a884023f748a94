/** `stepwell alarms`: those that are not OK, and what to do about them. */
import { type AlarmRow, alarmsOf } from '../operate/alarms';
import { deployed, pipelineNamed } from '../operate/connection';
import { EXIT } from '../operate/errors';
import { moment, plural } from '../operate/text';
import { connect } from './connect';
import { printer, type VerbOptions } from './printer';
import { green, red, table, yellow } from './terminal';

/** Exit code 1 while one is in ALARM, so that a script can ask. */
export async function alarms(
  pipeline: string | undefined,
  { all = false, ...options }: VerbOptions & { readonly all?: boolean },
): Promise<void> {
  const connection = await connect(options);
  if (pipeline !== undefined) pipelineNamed(await deployed(connection), pipeline);
  const found = await alarmsOf(connection, pipeline);
  const wrong = found.filter(({ state }) => state === 'ALARM');
  const shown = all ? found : found.filter(({ state }) => state !== 'OK');
  printer(options).print(shown, (rows) => [
    ...(rows.length > 0 ? table(['State', 'Alarm', 'Since'], rows.map(cells)) : []),
    ...wrong.flatMap(({ name, description }) => ['', `${name}`, `  ${description ?? ''}`]),
    ...(rows.length > 0 ? [''] : []),
    found.length === 0
      ? 'There are no alarms.'
      : wrong.length === 0
        ? green(`None of ${plural(found.length, 'alarm')} is in ALARM.`)
        : red(`${wrong.length} of ${plural(found.length, 'alarm')} in ALARM.`),
  ]);
  if (wrong.length > 0) process.exitCode = EXIT.failed;
}

const cells = ({ state, name, since }: AlarmRow): string[] => [
  state === 'ALARM' ? red(state) : state === 'OK' ? green(state) : yellow('no data'),
  name,
  since === undefined ? '' : moment(since),
];
