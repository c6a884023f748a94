/** A contract as tasks are given it. */
import type { Column } from '../pipeline/columns';
import type { ContractColumn } from '../tasks/common';

export const contractColumns = (columns: Readonly<Record<string, Column>>): ContractColumn[] =>
  Object.entries(columns).map(([name, { type, isNullable, isKey, header, protection }]) => ({
    name,
    type,
    nullable: isNullable,
    key: isKey,
    ...(header === undefined ? {} : { from: header }),
    ...(protection === undefined ? {} : { pii: protection }),
  }));
