import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { SqlSyntaxError, type Token, tokenize } from '../../postgres/sql-lexer';
import { badRequest, scanError } from './errors';

export interface NumberedStatement {
  /** with `$1`, `$2`… in the place of `:names` */
  readonly text: string;
  readonly values: unknown[];
  /** Where an offset in `text` is in the caller's SQL; both count from 1. */
  position(offset: number): number;
}

/**
 * Replaces `:name` by typed placeholders. The types matter: the real Data API sends a string as varchar, so that an INSERT into a jsonb or uuid
 * column fails there without a cast or a type hint; it must fail here too.
 */
export function numberParameters(sql: string, parameters: readonly SqlParameter[] = []): NumberedStatement {
  const given = new Map(parameters.map((parameter) => [parameter.name ?? '', parameter]));
  const values: unknown[] = [];
  const numbers = new Map<string, string>();
  const shifts: { at: number; by: number }[] = [];
  let text = '';
  for (const token of scan(sql)) {
    if (token.kind !== 'parameter') {
      text += token.text;
      continue;
    }
    const name = token.text.slice(1);
    const parameter = given.get(name);
    if (!parameter) throw badRequest(`Cannot find parameter: ${name}`);
    let placeholder = numbers.get(name);
    if (placeholder === undefined) {
      values.push(sqlValue(parameter));
      placeholder = `$${values.length}${castOf(parameter)}`;
      numbers.set(name, placeholder);
    }
    text += placeholder;
    shifts.push({ at: text.length, by: placeholder.length - token.text.length });
  }
  return {
    text,
    values,
    position: (offset) => shifts.reduce((position, { at, by }) => (offset >= at ? position - by : position), offset),
  };
}

function scan(sql: string): Token[] {
  try {
    return tokenize(sql);
  } catch (error) {
    throw error instanceof SqlSyntaxError ? scanError(error) : error;
  }
}

function sqlValue({ value, name }: SqlParameter): unknown {
  if (value === undefined || value.isNull) return null;
  if (value.arrayValue) throw badRequest(`Array parameters are not supported. Parameter: ${name}`);
  if (value.blobValue !== undefined) return Buffer.from(value.blobValue);
  return value.stringValue ?? value.longValue ?? value.doubleValue ?? value.booleanValue ?? null;
}

const HINTS: Readonly<Record<string, string>> = {
  DATE: '::date',
  DECIMAL: '::numeric',
  JSON: '::json',
  TIME: '::time',
  TIMESTAMP: '::timestamp',
  UUID: '::uuid',
};

function castOf({ value, typeHint, name }: SqlParameter): string {
  if (typeHint !== undefined) {
    const cast = HINTS[typeHint];
    if (!cast) throw badRequest(`Parameter ${name} has the unknown type hint ${typeHint}`);
    return cast;
  }
  if (value === undefined || value.isNull) return '';
  if (value.stringValue !== undefined) return '::varchar';
  if (value.longValue !== undefined) return '::bigint';
  if (value.doubleValue !== undefined) return '::double precision';
  if (value.booleanValue !== undefined) return '::boolean';
  return '::bytea';
}
