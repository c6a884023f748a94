import { identifier } from '../postgres/client';
import { syntaxError } from './errors';
import { type Parameters, rewrite } from './expressions';
import { foldedName } from './names';
import { typeOf } from './procedure';
import { type Node, type Reader, split, wordOf } from './tree';

/** Statements that a session keeps: cursors and prepared statements. */

/** DECLARE name CURSOR FOR query */
export function declare(reader: Reader, parameters: Parameters): string {
  reader.expect('declare');
  const name = identifier(foldedName(reader.name().text));
  reader.expect('cursor', 'for');
  return `DECLARE ${name} CURSOR FOR ${rewrite(reader.rest(), parameters)}`;
}

/** FETCH NEXT | ALL | FORWARD [n|ALL] FROM cursor */
export function fetch(reader: Reader): string {
  reader.expect('fetch');
  let direction = 'NEXT';
  if (reader.take('all')) direction = 'FORWARD ALL';
  else if (reader.take('forward', 'all')) direction = 'FORWARD ALL';
  else if (reader.take('forward')) direction = `FORWARD ${wordOf(reader.peek()) === 'from' ? 1 : reader.integer()}`;
  else if (!reader.take('next')) throw reader.unexpected();
  reader.expect('from');
  const name = identifier(foldedName(reader.name().text));
  reader.end();
  return `FETCH ${direction} FROM ${name}`;
}

/** CLOSE cursor */
export function close(reader: Reader): string {
  reader.expect('close');
  const name = identifier(foldedName(reader.name().text));
  reader.end();
  return `CLOSE ${name}`;
}

/** PREPARE name [(types)] AS statement */
export function prepare(
  reader: Reader,
  _parameters: Parameters,
  translate: (nodes: readonly Node[]) => { readonly kind: string; readonly text?: string },
): string {
  reader.expect('prepare');
  const name = identifier(foldedName(reader.name().text));
  const types = reader.takeGroup();
  reader.expect('as');
  const nodes = reader.rest();
  const translated = translate(nodes);
  if (translated.kind !== 'sql' || !['select', 'with', 'insert', 'update', 'delete'].includes(wordOf(nodes[0])))
    throw syntaxError(nodes[0]?.text ?? 'end of input');
  const list = types ? ` (${split(types.nodes, ',').map(typeOf).join(', ')})` : '';
  return `PREPARE ${name}${list} AS ${translated.text}`;
}

/** EXECUTE name [(values)] */
export function execute(reader: Reader, parameters: Parameters): string {
  reader.expect('execute');
  const name = identifier(foldedName(reader.name().text));
  const values = reader.takeGroup();
  reader.end();
  return `EXECUTE ${name}${values ? ` (${rewrite(values.nodes, parameters)})` : ''}`;
}

/** DEALLOCATE [PREPARE] name */
export function deallocate(reader: Reader): string {
  reader.expect('deallocate');
  reader.take('prepare');
  const name = identifier(foldedName(reader.name().text));
  reader.end();
  return `DEALLOCATE ${name}`;
}
