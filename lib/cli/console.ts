/** `stepwell console`: serves the console until it is interrupted. */
import { prepareConsole, startConsole } from '../console/server/server';
import { deployed, environmentText, requireFreePort, targetText } from '../operate/connection';
import { Refused } from '../operate/errors';
import { keepConnection } from '../operate/kept-connection';
import { connect } from './connect';
import { onInterrupt } from './interrupt';
import { printer, type VerbOptions } from './printer';
import { dim } from './terminal';

export interface ConsoleVerbOptions extends VerbOptions {
  readonly port?: number;
  readonly readOnly?: true;
  readonly write?: true;
}

export async function openConsole(options: ConsoleVerbOptions): Promise<void> {
  if (options.readOnly && options.write) throw new Refused('--read-only and --write are opposites: leave out one.');
  if (options.port !== undefined) await requireFreePort(options.port);
  // While it finds out whom to speak to.
  prepareConsole();
  const connection = await connect(options);
  // An account without Stepwell is told now, not in the browser.
  await deployed(connection);
  const readOnly = options.readOnly ?? (connection.target.kind === 'account' && options.write !== true);
  const kept = keepConnection(connection, options);
  const interruption = onInterrupt(() => {});
  const console_ = await startConsole({
    connection: kept.current,
    renew: kept.renew,
    readOnly,
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  try {
    const document = {
      url: console_.url,
      where: targetText(connection.target) + environmentText(connection.environment),
      readOnly,
    };
    printer(options).print(document, ({ url }) => [
      `Console: ${url}`,
      dim(
        `${readOnly ? 'Read-only. ' : ''}Whoever has this address can ${readOnly ? 'see' : 'do'} what you can; it is of this machine alone. End it with Ctrl-C.`,
      ),
    ]);
    await interruption.asked;
  } finally {
    await console_.close();
    interruption.release();
  }
}
