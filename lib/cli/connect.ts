/** Whom a verb speaks to: said before anything is asked or done. */
import {
  type Connection,
  type ConnectOptions,
  environmentText,
  findConnection,
  localCloud,
  meansAccount,
  targetText,
} from '../operate/connection';
import { dim } from './terminal';

/**
 * As `findConnection`; says on standard error which it is.
 *
 * @throws {NotReachable} when it cannot be: says what to do
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const connection = await findConnection(options);
  console.error(dim(targetText(connection.target) + environmentText(connection.environment)));
  return connection;
}

/** As `connect`, and undefined where no account is named and no local cloud is up: for verbs that can do without. */
export async function connectIfUp(options: ConnectOptions): Promise<Connection | undefined> {
  if (!meansAccount(options) && (await localCloud(options)) === undefined) return undefined;
  return connect(options);
}
