/** Looks at this machine, and at the local cloud or the account, for what keeps runs from working; says what to do. */
import { type ConnectOptions, targetText } from '../operate/connection';
import { EXIT, NotReachable } from '../operate/errors';
import { plural } from '../operate/text';
import { connect, connectIfUp } from './connect';
import { cloudFindings } from './doctor/cloud';
import { type Finding, fail, warn } from './doctor/finding';
import { definitionsFound, machineFindings } from './doctor/machine';
import { printer, type VerbOptions } from './printer';
import { green, red, yellow } from './terminal';

export async function doctor(options: VerbOptions): Promise<void> {
  const machine = await machineFindings(options.stateDir);
  const { reached, connection } = await reach(options);
  const { finding: definitions, compiled } = await definitionsFound(connection?.environment);
  const there = connection === undefined ? [] : await cloudFindings(connection, compiled);
  const findings = [...machine, definitions, ...reached, ...there];
  const failed = findings.filter(({ status }) => status === 'fail').length;
  const warned = findings.filter(({ status }) => status === 'warn').length;
  const document = {
    ok: failed === 0,
    asked: connection === undefined ? null : targetText(connection.target),
    findings,
  };
  printer(options).print(document, () => [
    ...findings.flatMap(lines),
    '',
    failed + warned === 0
      ? green('All is well.')
      : [failed > 0 ? red(`${failed} failed`) : '', warned > 0 ? yellow(plural(warned, 'warning')) : '']
          .filter(Boolean)
          .join(', '),
  ]);
  if (failed > 0) process.exitCode = EXIT.failed;
}

async function reach(options: ConnectOptions) {
  const NAME = 'Cloud';
  const isNamed =
    options.profile !== undefined ||
    options.region !== undefined ||
    options.env !== undefined ||
    options.stateDir !== undefined;
  try {
    const connection = isNamed ? await connect(options) : await connectIfUp(options);
    if (connection !== undefined)
      return { reached: [{ name: NAME, status: 'ok' as const, text: targetText(connection.target) }], connection };
    const nobody = warn(NAME, 'no local cloud is up, and no account is named', 'npm start, or --profile <name>');
    return { reached: [nobody], connection: undefined };
  } catch (error) {
    if (!(error instanceof NotReachable)) throw error;
    return { reached: [fail(NAME, error.message, 'Then run doctor again.')], connection: undefined };
  }
}

const WIDTH = 'Undelivered events'.length;

function lines({ name, status, text, remedy }: Finding): string[] {
  const mark = { ok: green('✔'), warn: yellow('!'), fail: red('✖') }[status];
  return [
    `${mark} ${name.padEnd(WIDTH)}  ${text}`,
    ...(remedy === undefined || remedy === '' ? [] : [`${' '.repeat(WIDTH + 4)}${remedy}`]),
  ];
}
