/** How a partition of a source differs from its contract: what its head says before it is read, and all its values after. */
import type { ContractColumn, OnDrift } from '../../../lib/tasks/common';
import { type DriftEntry, type DriftPolicy, policyOf } from '../../../lib/tasks/drift';
import { entriesOf, isRequired, once, refuse } from './difference';
import { type ChangedColumn, TypeEvidence } from './type-evidence';
import { typeName } from './type-names';

export interface Contract {
  /** of the source */
  readonly name: string;
  readonly columns: readonly ContractColumn[];
  readonly onDrift: OnDrift;
}

/** Of fewer rows each may lack what others would have. */
const LEAST_ROWS = 10;
const MOST_TOLD = 1000;

export class PartitionDrift {
  readonly policy: DriftPolicy;
  /** what the values say of the columns' types */
  readonly evidence: TypeEvidence;
  /** columns of the contract that a header has, or a row */
  readonly seen = new Set<number>();
  private readonly told: DriftEntry[] = [];

  constructor(private readonly source: Contract) {
    this.policy = policyOf(source.onDrift);
    this.evidence = new TypeEvidence(source.columns);
  }

  /** What the first rows tell of types. Returns the columns that are to be NULL; `where` is for the message. @throws {ContractDrift} */
  headSays(changed: readonly ChangedColumn[], where: string): ReadonlySet<number> {
    const difference = { missing: [], added: [], changed, columns: this.source.columns };
    refuse(difference, this.policy, { file: where, source: this.source.name });
    this.tell(entriesOf(difference, this.policy));
    return new Set(this.policy.changedTypes === 'ignore' ? changed.map(({ index }) => index) : []);
  }

  /** What was found out, and is gone on with. */
  tell(entries: readonly DriftEntry[]): void {
    // An input of another kind altogether has any number of columns, in each of many files.
    if (this.told.length < MOST_TOLD) this.told.push(...entries);
  }

  /** A column that only rows have. */
  tellNew(column: string, is: string | undefined): void {
    const { newColumns } = this.policy;
    const done = newColumns === 'evolve' ? 'evolved' : newColumns === 'ignore' ? 'ignored' : 'quarantined';
    this.tell([{ kind: 'new', column, ...(is === undefined ? {} : { is }), done }]);
  }

  /** What only all rows together tell: `read` of them. @throws {ContractDrift} */
  conclude(read: number, where: string): DriftEntry[] {
    const { columns, name } = this.source;
    const isTold = (column: string) => this.told.some((one) => one.kind !== 'new' && one.column === column);
    const unseen =
      read < LEAST_ROWS ? [] : columns.filter((column, index) => !this.seen.has(index) && !isTold(column.name));
    const changed = this.evidence.changed().filter((column) => !isTold(column.name));
    const missing = this.policy.missingColumns === 'quarantine' ? [] : unseen.filter(isRequired);
    const difference = { missing, added: [], changed, columns };
    // A type that changes behind the head of a file makes bad rows of those that do not fit.
    const policy =
      this.policy.changedTypes === 'fail' ? this.policy : { ...this.policy, changedTypes: 'quarantine' as const };
    // Where rows leave out what is NULL, only what may not be NULL is missed.
    refuse(difference, { ...policy, missingColumns: 'ignore' }, { file: where, source: name });
    return once([...this.told, ...entriesOf({ ...difference, missing: [] }, policy), ...unseen.flatMap(absent)]);
  }
}

const absent = (column: ContractColumn): DriftEntry[] =>
  isRequired(column)
    ? []
    : [{ kind: 'absent', column: column.from ?? column.name, was: typeName(column.type), done: 'ignored' }];
