import { identifier, literal } from '../postgres/client';
import { RedshiftError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { databaseName, foldedName, roleIdentifier } from './names';
import { type Group, isGroup, isName, type Node, type Reader, split, wordOf } from './tree';
import { parseType } from './types';
import { USERS_ROLE } from './users-role';

/** Statements in which users are named: each user is a role of the server under another name (names.ts). */

const user = (reader: Reader) => roleIdentifier(foldedName(reader.name().text));

export function createUser(reader: Reader): string {
  reader.expect('create', 'user');
  const name = user(reader);
  reader.take('with');
  return `CREATE ROLE ${name} LOGIN${userOptions(reader)} IN ROLE ${identifier(USERS_ROLE)}${groups(reader)}`;
}

export function alterUser(reader: Reader): string {
  reader.expect('alter', 'user');
  const name = user(reader);
  if (reader.take('rename', 'to')) return `ALTER ROLE ${name} RENAME TO ${user(reader)}`;
  if (['set', 'reset'].includes(wordOf(reader.peek())))
    return `ALTER ROLE ${name} ${rewrite(reader.rest(), NO_PARAMETERS)}`;
  reader.take('with');
  const options = userOptions(reader);
  reader.end();
  return `ALTER ROLE ${name}${options}`;
}

const NO_PARAMETERS: Parameters = {
  placeholder: (name) => {
    throw new RedshiftError(`syntax error at or near ":${name}"`);
  },
  describe: () => [],
  types: () => [],
  functionSchema: () => undefined,
};

function userOptions(reader: Reader): string {
  let options = '';
  while (!reader.done && wordOf(reader.peek()) !== 'in') {
    if (reader.take('password', 'disable')) options += ' PASSWORD NULL';
    else if (reader.take('password')) options += ` PASSWORD ${literal(checkedPassword(reader.string()))}`;
    else if (reader.take('createdb')) options += ' CREATEDB';
    else if (reader.take('nocreatedb')) options += ' NOCREATEDB';
    else if (reader.take('createuser')) options += ' SUPERUSER';
    else if (reader.take('nocreateuser')) options += ' NOSUPERUSER';
    else if (reader.take('syslog', 'access')) reader.name();
    else if (reader.take('valid', 'until')) options += ` VALID UNTIL ${literal(reader.string())}`;
    else if (reader.take('connection', 'limit')) {
      if (!reader.take('unlimited')) options += ` CONNECTION LIMIT ${reader.integer()}`;
    } else if (reader.take('session', 'timeout')) reader.integer();
    else throw reader.unexpected();
  }
  return options;
}

/** Redshift's rule for passwords. */
function checkedPassword(password: string): string {
  // Made with the user's own name, so PostgreSQL cannot check it against the role's: see `login` of the Data API.
  if (/^md5[0-9a-f]{32}$/.test(password)) return password;
  if (password.startsWith('sha256|')) throw new UnsupportedLocally('passwords that are given as a SHA-256 hash');
  const good =
    /[a-z]/.test(password) &&
    /[A-Z]/.test(password) &&
    /\d/.test(password) &&
    /^[!-~]{8,64}$/.test(password) &&
    !/['"\\/@]/.test(password);
  if (!good) {
    throw new RedshiftError(
      'invalid password: it must be 8 to 64 characters long and contain an upper case letter, a lower case letter and a number, and none of \' " \\ / @ and space',
    );
  }
  return password;
}

function groups(reader: Reader): string {
  if (!reader.take('in', 'group')) {
    reader.end();
    return '';
  }
  const names = split(reader.rest(), ',').map((part) => roleIdentifier(foldedName(part[0]!.text)));
  return `, ${names.join(', ')}`;
}

export function dropUser(reader: Reader): string {
  reader.expect('drop');
  if (!reader.take('user') && !reader.take('group')) reader.expect('role');
  const ifExists = reader.take('if', 'exists') ? 'IF EXISTS ' : '';
  return `DROP ROLE ${ifExists}${roles(reader.rest())}`;
}

/** CREATE GROUP g [WITH USER a, b] | CREATE ROLE r */
export function createGroup(reader: Reader): string {
  reader.expect('create');
  const group = reader.take('group');
  if (!group) reader.expect('role');
  const name = user(reader);
  reader.take('with');
  const members = group && reader.take('user') ? ` ROLE ${roles(reader.rest())}` : '';
  reader.end();
  return `CREATE ROLE ${name} NOLOGIN${members}`;
}

/** ALTER GROUP g ADD|DROP USER a, b */
export function alterGroup(reader: Reader): string {
  reader.expect('alter', 'group');
  const name = user(reader);
  if (reader.take('rename', 'to')) return `ALTER ROLE ${name} RENAME TO ${user(reader)}`;
  const add = reader.take('add', 'user');
  if (!add) reader.expect('drop', 'user');
  return add ? `GRANT ${name} TO ${roles(reader.rest())}` : `REVOKE ${name} FROM ${roles(reader.rest())}`;
}

const roles = (nodes: readonly Node[]) =>
  split(nodes, ',')
    .map((part) => grantee(part))
    .join(', ');

/** `name`, `GROUP name`, `ROLE name`, `PUBLIC` */
function grantee(nodes: readonly Node[]): string {
  const kind = wordOf(nodes[0]);
  const name = ['group', 'role', 'user'].includes(kind) && nodes.length > 1 ? nodes[1] : nodes[0];
  if (!isName(name)) throw new RedshiftError(`syntax error at or near "${nodes[0]?.text ?? ','}"`);
  return kind === 'public' ? 'PUBLIC' : roleIdentifier(foldedName(name.text));
}

/** GRANT and REVOKE: of privileges on objects, and of roles. */
export function grant(reader: Reader, parameters: Parameters): string {
  const verb = wordOf(reader.next());
  const option = reader.take('grant', 'option', 'for') ? 'GRANT OPTION FOR ' : '';
  const separator = verb === 'grant' ? 'to' : 'from';
  if (reader.take('role')) {
    const role = user(reader);
    reader.expect(separator);
    return `${verb} ${role} ${separator} ${roles(reader.rest())}`;
  }
  const what: Node[] = [];
  while (!reader.done && wordOf(reader.peek()) !== separator) what.push(reader.next());
  reader.expect(separator);
  const on = what.findIndex((node) => wordOf(node) === 'on');
  if (on < 0) throw reader.unexpected();
  const privileges = what.slice(0, on);
  const unknown = privileges.find((node) =>
    ['drop', 'alter', 'assumerole', 'explain', 'masking'].includes(wordOf(node)),
  );
  if (unknown) throw new UnsupportedLocally(`the privilege ${unknown.text.toUpperCase()}`);
  const { to, ending } = withoutEnding([...reader.rest()]);
  return `${verb} ${option}${plain(privileges)} ON ${grantedObject(what.slice(on + 1), parameters)} ${separator} ${roles(to)}${ending}`;
}

function withoutEnding(nodes: Node[]): { to: Node[]; ending: string } {
  const words = nodes.map(wordOf);
  if (words.slice(-3).join(' ') === 'with grant option')
    return { to: nodes.slice(0, -3), ending: ' WITH GRANT OPTION' };
  if (words.at(-1) === 'cascade' || words.at(-1) === 'restrict')
    return { to: nodes.slice(0, -1), ending: ` ${words.at(-1)}` };
  return { to: nodes, ending: '' };
}

function grantedObject(nodes: readonly Node[], parameters: Parameters): string {
  if (wordOf(nodes[0]) === 'database') {
    return `DATABASE ${split(nodes.slice(1), ',')
      .map((part) => identifier(databaseName(foldedName(part[0]!.text))))
      .join(', ')}`;
  }
  const kind = wordOf(nodes[0]);
  // A procedure is told by its types, which are no call.
  if (['procedure', 'function'].includes(kind) && isGroup(nodes.at(-1))) {
    const name = nodes.slice(1, -1).map(({ text }) => (text === '.' ? '.' : identifier(foldedName(text))));
    const types = split((nodes.at(-1) as Group).nodes, ',').filter((part) => part.length > 0);
    const unknown = (type: string) => new RedshiftError(`type "${type}" does not exist`);
    return `${kind} ${name.join('')}(${types.map((part) => parseType(part, unknown, false).text).join(', ')})`;
  }
  return rewrite(nodes, parameters);
}

/** Privileges are words, and lists of columns in brackets. */
const plain = (nodes: readonly Node[]): string =>
  nodes.map((node) => (node.kind === 'group' ? `(${plain(node.nodes)})` : node.text)).join(' ');

/** CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION user] [QUOTA …] */
export function createSchema(reader: Reader): string {
  reader.expect('create', 'schema');
  const ifNotExists = reader.take('if', 'not', 'exists') ? 'IF NOT EXISTS ' : '';
  const name = wordOf(reader.peek()) === 'authorization' ? '' : `${identifier(foldedName(reader.name().text))} `;
  const owner = reader.take('authorization') ? `AUTHORIZATION ${user(reader)}` : '';
  if (reader.take('quota')) reader.rest();
  reader.end();
  return `CREATE SCHEMA ${ifNotExists}${name}${owner}`;
}

/** ALTER DEFAULT PRIVILEGES [FOR USER u, …] [IN SCHEMA s, …] GRANT …|REVOKE … */
export function alterDefaultPrivileges(reader: Reader, parameters: Parameters): string {
  reader.expect('alter', 'default', 'privileges');
  let head = '';
  const list = () => {
    const nodes: Node[] = [];
    while (!reader.done && !['in', 'grant', 'revoke'].includes(wordOf(reader.peek()))) nodes.push(reader.next());
    return nodes;
  };
  if (reader.take('for', 'user') || reader.take('for', 'role')) head += ` FOR ROLE ${roles(list())}`;
  if (reader.take('in', 'schema')) head += ` IN SCHEMA ${rewrite(list(), parameters)}`;
  return `ALTER DEFAULT PRIVILEGES${head} ${grant(reader, parameters)}`;
}
