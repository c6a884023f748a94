/** Reads every model's SQL and says where each one runs: inside the read of a source, or on whole inputs, level by level. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Problem, show, suggest } from '../pipeline/errors';
import { SECRET_REMEDY, SECRET_RULE, secretIn } from '../pipeline/secrets';
import type { Pipeline, PySparkModel, RowFunctionModel, Source, SqlModel } from '../pipeline/types';
import type { OutputColumn } from '../tasks/common';
import { storedTypeOf } from '../tasks/pii';
import { type ColumnOrigins, columnOrigins } from './column-origins';
import { type Catalog, openCatalog, quoteName } from './duckdb';
import { bindInterval, runsHaveIntervals } from './interval-sql';
import {
  declareColumns,
  describeInDuckDB,
  namedInRedshift,
  redshiftProblems,
  runsInRedshift,
  tableColumns,
  unknownInRedshift,
} from './redshift-models';
import {
  describeInSpark,
  inputsOfPython,
  pythonProblems,
  runsOnSpark,
  type SparkModel,
  sparkModelOf,
} from './spark-models';
import { describeSql, isRowWise, readSql, SqlError, type SqlFacts, withoutTrailer } from './sql';
import { type TextColumns, textColumns } from './text-length';
import { fromDuckDB, toDuckDB } from './types-duckdb';

export interface CompiledModel {
  readonly name: string;
  /** empty for a row function */
  readonly sql: string;
  /** of a model that runs in Redshift: as it was written, without what stands behind its end */
  readonly redshiftSql?: string;
  readonly rowFunction?: RowFunctionModel;
  /** absent: it runs in a function */
  readonly spark?: SparkModel;
  readonly columns: readonly OutputColumn[];
  /** sources and models that the SQL names */
  readonly inputs: readonly string[];
  /** the source in whose read it runs; absent: it runs on whole inputs, in Transform */
  readonly fusedInto?: string;
  /** 1 for a model over sources and fused models only; undefined when fused */
  readonly level?: number;
  /** looks at one row of one input at a time: it may run on parts of that, side by side */
  readonly isRowWise?: boolean;
  /** columns of masked personal data, as far as its SQL shows it */
  readonly masked: ReadonlySet<string>;
  /** what each column is made of, where the SQL tells it of all */
  readonly origins?: ColumnOrigins;
  /** the SQL as it was written, without what stands behind its end; absent: a row function */
  readonly written?: string;
}

export interface ModelGraph {
  /** in dependency order */
  readonly models: readonly CompiledModel[];
  readonly problems: readonly Problem[];
}

/** Columns that every extract adds to the source for row-wise models to use; never part of a result by `*`. */
const ROW_COLUMNS = ['CAST(NULL AS BIGINT) AS "_row"', 'CAST(NULL AS VARCHAR) AS "_file"'];
const ADDED = new Set(['_row', '_file']);

export const sourceColumns = (source: Source): OutputColumn[] => contractColumns(source.columns);

const contractColumns = (columns: Source['columns']): OutputColumn[] =>
  Object.entries(columns).map(([name, { type, isNullable, protection }]) => ({
    name,
    type: storedTypeOf({ type, pii: protection }),
    nullable: isNullable,
  }));

export async function compileModels(pipeline: Pipeline, folder: string): Promise<ModelGraph> {
  const catalog = await openCatalog();
  try {
    return await new Graph(pipeline, folder, catalog).compile();
  } finally {
    catalog.close();
  }
}

interface ReadModel {
  readonly sql: string;
  /** with its variables as they were written */
  readonly written?: string;
  /** none of a row function */
  readonly facts?: SqlFacts;
  /** sources and models that it names */
  readonly tables: readonly string[];
}

let knownAggregates: ReadonlySet<string> | undefined;

/** The same in every catalog; DuckDB takes longer to list its functions than to read a model. */
async function aggregateNames(catalog: Catalog): Promise<ReadonlySet<string>> {
  if (knownAggregates === undefined) {
    const rows = await catalog.query(
      "SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE function_type = 'aggregate'",
    );
    knownAggregates = new Set(rows.map((row) => String(row.name)));
  }
  return knownAggregates;
}

const NO_TEXT: TextColumns = { lengths: new Map(), masked: new Set() };

class Graph {
  private readonly problems: Problem[] = [];
  private readonly read = new Map<string, ReadModel>();
  private readonly compiled = new Map<string, CompiledModel>();
  private aggregates: ReadonlySet<string> = new Set();

  constructor(
    private readonly pipeline: Pipeline,
    private readonly folder: string,
    private readonly catalog: Catalog,
  ) {}

  async compile(): Promise<ModelGraph> {
    this.aggregates = await aggregateNames(this.catalog);
    for (const name of Object.keys(this.pipeline.models)) await this.readModel(name);
    this.refuseUnknownTables();
    this.problems.push(
      ...redshiftProblems(this.pipeline, new Map([...this.read].map(([name, { tables }]) => [name, tables]))),
    );
    for (const [name, source] of Object.entries(this.pipeline.sources)) {
      await this.createRelation(name, sourceColumns(source), source.kind === 'landedFiles' ? ROW_COLUMNS : []);
    }
    const order = this.dependencyOrder();
    // Where a name is wrong, what it should have named may look unused.
    const namesAreRight = this.problems.length === 0;
    for (const name of order) await this.describe(name);
    if (namesAreRight) this.refuseUnused();
    return { models: [...this.compiled.values()], problems: this.problems };
  }

  private async readModel(name: string): Promise<void> {
    const model = this.pipeline.models[name]!;
    if (model.kind === 'rowFunction') {
      this.read.set(name, { sql: '', tables: [model.from] });
      return;
    }
    if (model.kind === 'pyspark') {
      this.problems.push(...(await pythonProblems(name, model, this.folder)));
      this.read.set(name, { sql: '', tables: inputsOfPython(model) });
      return;
    }
    const sql = 'text' in model ? model.text : await this.readModelFile(name, model.file);
    if (sql === undefined) return;
    if ('text' in model && /^[\w./-]+\.sql$/i.test(sql.trim())) {
      const rule = 'sql.text() takes SQL, and this is the name of a file';
      this.problems.push({
        field: `models.${name}`,
        value: show(sql),
        rule,
        remedy: `Write sql(${show(sql.trim())}).`,
      });
      return;
    }
    const secret = secretIn(sql);
    if (secret !== undefined && 'file' in model) {
      this.problems.push({
        field: this.fieldOf(name),
        value: `${secret}, as text`,
        rule: SECRET_RULE,
        remedy: SECRET_REMEDY,
      });
    }
    await this.orProblem(name, async () => {
      const written = withoutTrailer(sql);
      const trimmed = bindInterval(written, runsHaveIntervals(this.pipeline));
      const facts = await this.factsOf(model, trimmed);
      const tables = facts?.tables ?? namedInRedshift(trimmed, this.known);
      this.read.set(name, { written, sql: trimmed, ...(facts === undefined ? {} : { facts }), tables });
    });
  }

  private get known(): string[] {
    return [...Object.keys(this.pipeline.sources), ...Object.keys(this.pipeline.models)];
  }

  /** Undefined where only Redshift can read it, and the columns are declared. */
  private async factsOf(model: SqlModel, sql: string): Promise<SqlFacts | undefined> {
    try {
      return await readSql(sql, this.catalog, this.aggregates);
    } catch (error) {
      if (!(error instanceof SqlError) || model.engine === undefined) throw error;
      if (model.columns === undefined) throw new SqlError(error.message, declareColumns(model.engine), error.excerpt);
      return undefined;
    }
  }

  /** What is wrong with the SQL is a problem of the model. */
  private async orProblem(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.problems.push({
        field: this.fieldOf(name),
        rule: error.message,
        remedy: error.remedy,
        ...(error.excerpt === undefined ? {} : { excerpt: error.excerpt }),
      });
    }
  }

  private async readModelFile(name: string, file: string): Promise<string | undefined> {
    try {
      return await readFile(path.resolve(this.folder, file), 'utf8');
    } catch {
      const isSql = /^\s*(select|with|from)\s/i.test(file);
      this.problems.push({
        field: `models.${name}`,
        value: show(file),
        rule: isSql
          ? 'sql() takes the name of a file, and this is SQL'
          : `there is no such file in ${path.relative(process.cwd(), this.folder) || '.'}`,
        remedy: isSql ? `Write sql.text(${show(file)}).` : 'Create it, or correct its name.',
      });
      return undefined;
    }
  }

  private fieldOf(name: string): string {
    const model = this.pipeline.models[name]!;
    return 'file' in model ? `models.${name} (${model.file})` : `models.${name}`;
  }

  private refuseUnknownTables(): void {
    const { known } = this;
    for (const [name, { tables }] of this.read) {
      if (runsInRedshift(this.pipeline.models[name])) {
        this.problems.push(...unknownInRedshift(this.pipeline, name, this.fieldOf(name), tables));
        continue;
      }
      if (tables.length === 0) {
        this.problems.push({
          field: this.fieldOf(name),
          rule: 'the SQL reads no source and no model',
          remedy: `Name one in FROM, e.g. FROM ${known[0]}.`,
        });
      }
      for (const table of tables.filter((table) => !known.includes(table))) {
        this.problems.push({
          field: this.fieldOf(name),
          rule: `'${table}' is no source and no model`,
          remedy: suggest(table, known),
        });
      }
    }
  }

  /** Depth first; a name met again while it is being visited closes a cycle. */
  private dependencyOrder(): string[] {
    const order: string[] = [];
    const visiting: string[] = [];
    const visit = (name: string): void => {
      if (order.includes(name) || name in this.pipeline.sources) return;
      if (visiting.includes(name)) {
        const cycle = [...visiting.slice(visiting.indexOf(name)), name];
        this.problems.push({
          field: this.fieldOf(name),
          rule: cycle.length === 2 ? 'the model reads itself' : `the models need each other: ${cycle.join(' → ')}`,
          remedy: cycle.length === 2 ? 'Name a source or another model in FROM.' : 'Break the cycle.',
        });
        return;
      }
      visiting.push(name);
      for (const table of this.read.get(name)?.tables ?? []) visit(table);
      visiting.pop();
      order.push(name);
    };
    for (const name of this.read.keys()) visit(name);
    return order;
  }

  /** Without rows, and without a `rowid`: what a table of DuckDB has besides its columns, a model must not use. */
  private async createRelation(
    name: string,
    columns: readonly OutputColumn[],
    more: readonly string[] = [],
  ): Promise<void> {
    const list = columns.map((column) => `CAST(NULL AS ${toDuckDB(column.type)}) AS ${quoteName(column.name)}`);
    await this.catalog.query(`CREATE VIEW ${quoteName(name)} AS SELECT ${[...list, ...more].join(', ')} WHERE false`);
  }

  /** Asks DuckDB for the columns of a model over empty relations for its inputs; passes over it where one of them is wrong. */
  private async describe(name: string): Promise<void> {
    const model = this.read.get(name);
    if (model === undefined || !this.isComplete(model)) return;
    const { sql, facts } = model;
    if (runsInRedshift(this.pipeline.models[name])) {
      await this.orProblem(name, () => this.describeInRedshift(name, model));
      return;
    }
    if (runsOnSpark(this.pipeline.models[name])) {
      await this.orProblem(name, () => this.describeOnSpark(name, model));
      return;
    }
    if (facts === undefined) {
      await this.addRowFunction(name, model);
      return;
    }
    await this.orProblem(name, async () => {
      const described = await describeSql(sql, this.catalog);
      const { lengths, masked } = this.textColumns(facts);
      const known = this.problems.length;
      const columns = described
        .filter(({ name: column }) => !ADDED.has(column))
        .flatMap((column) => this.outputColumn(name, column, lengths.get(column.name.toLowerCase())));
      this.refuseDuplicates(name, columns);
      if (this.problems.length > known) return;
      const { fusedInto, level, isRowWise: isByRow } = this.place(facts, await isRowWise(sql, facts, this.catalog));
      this.compiled.set(name, {
        name,
        sql,
        columns,
        inputs: facts.tables,
        ...(fusedInto === undefined ? { level: level! } : { fusedInto }),
        ...(isByRow ? { isRowWise: true } : {}),
        masked,
        written: model.written!,
        ...this.originsOf(facts, columns),
      });
      await this.createRelation(name, columns);
    });
  }

  /** What is declared counts; DuckDB sees to it that nothing of it is missing, where it understands the SQL. */
  private async describeInRedshift(name: string, { sql, written, facts, tables }: ReadModel): Promise<void> {
    const { columns: declared } = this.pipeline.models[name] as SqlModel;
    const inputs = tables.flatMap((table) => this.compiled.get(table) ?? []);
    // Of a source it has been said that it is not there.
    if (inputs.length < tables.length) return;
    const described = await describeInDuckDB(this.pipeline, sql, inputs, declared !== undefined);
    const known = this.problems.length;
    let columns: OutputColumn[];
    const { lengths, masked } = facts === undefined ? NO_TEXT : this.textColumns(facts);
    if (declared === undefined) {
      columns = described!.flatMap((column) => this.outputColumn(name, column, lengths.get(column.name.toLowerCase())));
      this.refuseDuplicates(name, columns);
    } else {
      columns = contractColumns(declared).map((column) => ({ ...column, nullable: true }));
      const names = described?.map((column) => column.name.toLowerCase());
      for (const column of columns.filter((one) => names !== undefined && !names.includes(one.name))) {
        this.problems.push({
          field: `${this.fieldOf(name)}, column ${column.name}`,
          rule: 'it is declared, and does not come of the SQL',
          remedy: suggest(column.name, names!),
        });
      }
    }
    if (this.problems.length > known) return;
    const origins = facts === undefined ? {} : this.originsOf(facts, columns, true);
    this.compiled.set(name, { name, sql, redshiftSql: written!, columns, inputs: tables, masked, ...origins });
    await this.createRelation(name, columns);
  }

  /** What is declared counts; where nothing is, what DuckDB makes of the SQL. Its rows are staged as those of any other model. */
  private async describeOnSpark(name: string, { sql, written, facts, tables }: ReadModel): Promise<void> {
    const model = this.pipeline.models[name] as SqlModel | PySparkModel;
    const declared = model.columns && contractColumns(model.columns);
    const known = this.problems.length;
    const { lengths, masked } = facts === undefined ? NO_TEXT : this.textColumns(facts);
    const columns =
      declared ??
      (await describeInSpark(sql, this.catalog)).flatMap((column) =>
        this.outputColumn(name, column, lengths.get(column.name.toLowerCase())),
      );
    this.refuseDuplicates(name, columns);
    if (this.problems.length > known) return;
    this.compiled.set(name, {
      name,
      sql: '',
      spark: sparkModelOf(model, written),
      columns,
      inputs: tables,
      level: this.levelAbove(tables),
      masked,
      ...(written === undefined ? {} : { written }),
      ...(facts === undefined ? {} : this.originsOf(facts, columns)),
    });
    await this.createRelation(name, columns);
  }

  private async addRowFunction(name: string, { tables }: ReadModel): Promise<void> {
    const rowFunction = this.pipeline.models[name] as RowFunctionModel;
    const columns = contractColumns(rowFunction.columns);
    const level = this.levelAbove(tables);
    const masked = NO_TEXT.masked;
    this.compiled.set(name, { name, sql: '', rowFunction, columns, inputs: tables, level, isRowWise: true, masked });
    await this.createRelation(name, columns);
  }

  private isComplete({ tables }: ReadModel): boolean {
    return tables.length > 0 && tables.every((table) => table in this.pipeline.sources || this.compiled.has(table));
  }

  private columnsOf(table: string): readonly OutputColumn[] {
    const source = this.pipeline.sources[table];
    return source ? sourceColumns(source) : this.compiled.get(table)!.columns;
  }

  private textColumns({ tree, tables }: SqlFacts): TextColumns {
    return textColumns(
      tree,
      new Map(tables.map((table) => [table, this.columnsOf(table)])),
      new Map(tables.map((table) => [table, this.maskedOf(table)])),
    );
  }

  /** Of all its columns, or nothing. `inRedshift`: it reads tables there. */
  private originsOf(
    { tree, tables }: SqlFacts,
    columns: readonly OutputColumn[],
    inRedshift = false,
  ): Pick<CompiledModel, 'origins'> {
    const namesOf = (table: string): string[] => {
      const own = { name: table, columns: this.columnsOf(table) };
      const all = inRedshift ? tableColumns(this.pipeline, own) : own.columns;
      const added = this.pipeline.sources[table]?.kind === 'landedFiles' ? [...ADDED] : [];
      return [...all.map(({ name }) => name), ...added];
    };
    const origins = columnOrigins(tree, new Map(tables.map((table) => [table, namesOf(table)])), this.aggregates);
    return origins !== undefined && columns.every(({ name }) => origins.has(name)) ? { origins } : {};
  }

  private maskedOf(table: string): ReadonlySet<string> {
    const source = this.pipeline.sources[table];
    if (source === undefined) return this.compiled.get(table)!.masked;
    const masked = Object.entries(source.columns).filter(([, { protection }]) => protection === 'mask');
    return new Set(masked.map(([name]) => name));
  }

  private outputColumn(
    model: string,
    { name, type }: { name: string; type: string },
    length: number | undefined,
  ): OutputColumn[] {
    const field = `${this.fieldOf(model)}, column ${name}`;
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
      this.problems.push({
        field,
        rule: 'a column has lower-case letters, digits and _, and begins with a letter',
        remedy: 'Give it a name with AS.',
      });
      return [];
    }
    const columnType = fromDuckDB(type);
    if (!columnType) {
      this.problems.push({
        field,
        value: type,
        rule: 'no target table can hold that type',
        remedy: 'Convert it, e.g. with to_json(…) or CAST.',
      });
      return [];
    }
    const bounded = type === 'VARCHAR' && length !== undefined;
    return [{ name, type: bounded ? { type: 'text', length } : columnType, nullable: true }];
  }

  private refuseDuplicates(model: string, columns: readonly OutputColumn[]): void {
    const names = columns.map(({ name }) => name);
    for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
      this.problems.push({
        field: `${this.fieldOf(model)}, column ${name}`,
        rule: 'two columns have that name',
        remedy: 'Rename one with AS.',
      });
    }
  }

  /** Row-wise over one source, maybe by way of other such models: fused. Else one level above its highest input. */
  private place({ tables }: SqlFacts, rowWise: boolean): { fusedInto?: string; level?: number; isRowWise?: boolean } {
    const [input] = tables;
    if (!rowWise || tables.length !== 1) return { level: this.levelAbove(tables) };
    const source = this.pipeline.sources[input!];
    const fusedInto = source?.kind === 'landedFiles' ? input! : this.compiled.get(input!)?.fusedInto;
    return fusedInto === undefined ? { level: this.levelAbove(tables), isRowWise: true } : { fusedInto };
  }

  private levelAbove(tables: readonly string[]): number {
    return 1 + Math.max(...tables.map((table) => this.compiled.get(table)?.level ?? 0));
  }

  private refuseUnused(): void {
    const used = new Set([
      ...this.pipeline.sinks.map(({ model }) => model),
      ...[...this.read.values()].flatMap(({ tables }) => tables),
    ]);
    for (const name of [...Object.keys(this.pipeline.sources), ...Object.keys(this.pipeline.models)]) {
      if (used.has(name)) continue;
      const kind = name in this.pipeline.models ? 'models' : 'sources';
      this.problems.push({
        field: `${kind}.${name}`,
        rule: 'nothing uses it',
        remedy:
          kind === 'models'
            ? 'Add a sink for it, name it in another model, or remove it.'
            : 'Name it in a model, or remove it.',
      });
    }
  }
}
