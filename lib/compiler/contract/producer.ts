/** Whether what a pipeline puts on a stream can be read by the contract of the pipeline that reads it. */

import type { Problem } from '../../pipeline/errors';
import { nameOf } from '../../pipeline/header-name';
import type { ColumnType, ContractColumn, OnDrift, OutputColumn } from '../../tasks/common';
import { policyOf } from '../../tasks/drift';
import { parsePath } from '../../tasks/paths';
import { isGiven, typeText } from './json-schema';

export interface ReadContract {
  readonly stream: string;
  /** that reads the stream */
  readonly pipeline: string;
  readonly columns: readonly ContractColumn[];
  readonly onDrift: OnDrift;
}

/** `field`: of the sink; `columns`: of its model. A column that may be NULL is put up with: SQL does not say which are. */
export function producerMistakes(
  { model, columns }: { readonly model: string; readonly columns: readonly OutputColumn[] },
  contract: ReadContract,
  field: string,
): Problem[] {
  const { stream, pipeline, onDrift } = contract;
  const policy = policyOf(onDrift);
  const problem = (value: string, rule: string, remedy: string): Problem => ({
    field: `${field}.model`,
    value: `'${model}'`,
    rule: `${value} ${rule}, by the contract of the stream '${stream}' (pipeline '${pipeline}')`,
    remedy,
  });
  const read = new Set<string>();
  const problems = contract.columns.flatMap((wanted): Problem[] => {
    const member = wanted.from ?? wanted.name;
    if (isGiven(member)) return [];
    const path = parsePath(member);
    const isNested = path !== undefined && path.length > 1;
    const root = isNested ? String(path[0]) : member;
    const found =
      columns.find(({ name }) => name === root) ??
      (isNested ? undefined : columns.find(({ name }) => name === nameOf(root)));
    if (found) read.add(found.name);
    const isWanted = !wanted.nullable || wanted.key || policy.missingColumns !== 'ignore';
    if (found === undefined) {
      if (!isWanted) return [];
      const remedy = `Let the model have it${isNested ? ' as a json column' : ` as ${typeText(wanted.type)}`}, or make it nullable in the contract.`;
      return [problem(`it has no column '${root}', and ${columnText(wanted)}`, 'is needed', remedy)];
    }
    if (isNested ? found.type.type === 'json' : isRead(found.type, wanted.type)) return [];
    const is = `its column '${found.name}' is ${typeText(found.type)}, and ${columnText(wanted)}`;
    if (isNested) {
      const rule = 'is read from within it';
      return [problem(is, rule, `Let the model have '${found.name}' as JSON, or read the column from its own name.`)];
    }
    return [problem(is, `is ${typeText(wanted.type)}`, `Cast it in the model, or widen the column in the contract.`)];
  });
  const unknown = columns.filter(({ name }) => !read.has(name)).map(({ name }) => `'${name}'`);
  if (unknown.length === 0 || policy.newColumns === 'ignore' || policy.newColumns === 'evolve') return problems;
  const remedy =
    "Leave it out of the model, or let the contract ignore new members (onDrift: { newColumns: 'ignore' }).";
  return [...problems, problem(`its column ${unknown.join(', ')}`, 'is one too many', remedy)];
}

const columnText = ({ name, from }: ContractColumn): string =>
  from === undefined ? `column '${name}'` : `column '${name}' (from '${from}')`;

/** Whether each value of the one type is one of the other, as far as the types tell: a text without a length may be short enough. */
function isRead(from: ColumnType, as: ColumnType): boolean {
  switch (as.type) {
    case 'json':
      return true;
    case 'text':
      if (from.type === 'text') return as.length === undefined || from.length === undefined || from.length <= as.length;
      return from.type !== 'json';
    case 'integer':
    case 'boolean':
    case 'date':
      return from.type === as.type;
    case 'bigint':
      return from.type === 'integer' || from.type === 'bigint';
    case 'double':
      return from.type === 'double' || from.type === 'decimal' || from.type === 'integer' || from.type === 'bigint';
    case 'timestamp':
      return from.type === 'timestamp' || from.type === 'date';
    case 'decimal': {
      const whole = as.precision - as.scale;
      if (from.type === 'decimal') return from.scale <= as.scale && from.precision - from.scale <= whole;
      return (from.type === 'integer' && whole >= 10) || (from.type === 'bigint' && whole >= 19);
    }
  }
}
