/** Reads every model's SQL and says where each one runs: inside the read of a source, or on whole inputs, level by level. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Problem, show, suggest } from '../pipeline/errors';
import type { Pipeline, Source } from '../pipeline/types';
import type { OutputColumn } from '../tasks/common';
import { type Catalog, openCatalog, quoteName } from './duckdb';
import { readSql, SqlError, type SqlFacts } from './sql';
import { fromDuckDB, toDuckDB } from './types-duckdb';

export interface CompiledModel {
  readonly name: string;
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
  /** sources and models that the SQL names */
  readonly inputs: readonly string[];
  /** the source in whose read it runs; absent: it runs on whole inputs, in Transform */
  readonly fusedInto?: string;
  /** 1 for a model over sources and fused models only; undefined when fused */
  readonly level?: number;
}

export interface ModelGraph {
  /** in dependency order */
  readonly models: readonly CompiledModel[];
  readonly problems: readonly Problem[];
}

/** Columns that every extract adds to the source for row-wise models to use; never part of a result by `*`. */
const ROW_COLUMNS = '"_row" BIGINT, "_file" VARCHAR';
const ADDED = new Set(['_row', '_file']);

export const sourceColumns = (source: Source): OutputColumn[] =>
  Object.entries(source.columns).map(([name, column]) => ({ name, type: column.type, nullable: column.isNullable }));

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
  readonly facts: SqlFacts;
}

class Graph {
  private readonly problems: Problem[] = [];
  private readonly read = new Map<string, ReadModel>();
  private readonly compiled = new Map<string, CompiledModel>();

  constructor(
    private readonly pipeline: Pipeline,
    private readonly folder: string,
    private readonly catalog: Catalog,
  ) {}

  async compile(): Promise<ModelGraph> {
    const rows = await this.catalog.query(
      "SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE function_type = 'aggregate'",
    );
    const aggregates = new Set(rows.map((row) => String(row.name)));
    for (const name of Object.keys(this.pipeline.models)) await this.readModel(name, aggregates);
    if (this.problems.length === 0) this.refuseUnknownTables();
    const order = this.problems.length === 0 ? this.dependencyOrder() : [];
    if (this.problems.length === 0) {
      for (const [name, source] of Object.entries(this.pipeline.sources))
        await this.createTable(name, sourceColumns(source), true);
      for (const name of order) await this.describe(name);
      this.refuseUnused();
    }
    return { models: [...this.compiled.values()], problems: this.problems };
  }

  private async readModel(name: string, aggregates: ReadonlySet<string>): Promise<void> {
    const model = this.pipeline.models[name]!;
    const sql = 'text' in model ? model.text : await this.readModelFile(name, model.file);
    if (sql === undefined) return;
    const trimmed = sql.trim().replace(/;\s*$/, '');
    try {
      this.read.set(name, { sql: trimmed, facts: await readSql(trimmed, this.catalog, aggregates) });
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.problems.push({ field: this.fieldOf(name), rule: error.message, remedy: error.remedy });
    }
  }

  private async readModelFile(name: string, file: string): Promise<string | undefined> {
    try {
      return await readFile(path.resolve(this.folder, file), 'utf8');
    } catch {
      this.problems.push({
        field: `models.${name}`,
        value: show(file),
        rule: `there is no such file in ${path.relative(process.cwd(), this.folder) || '.'}`,
        remedy: 'Create it, or correct its name.',
      });
      return undefined;
    }
  }

  private fieldOf(name: string): string {
    const model = this.pipeline.models[name]!;
    return 'file' in model ? `models.${name} (${model.file})` : `models.${name}`;
  }

  private refuseUnknownTables(): void {
    const known = [...Object.keys(this.pipeline.sources), ...Object.keys(this.pipeline.models)];
    for (const [name, { facts }] of this.read) {
      if (facts.tables.length === 0) {
        this.problems.push({
          field: this.fieldOf(name),
          rule: 'the SQL reads no source and no model',
          remedy: `Name one in FROM. ${suggest('', known)}`,
        });
      }
      for (const table of facts.tables.filter((table) => !known.includes(table))) {
        this.problems.push({
          field: this.fieldOf(name),
          value: show(table),
          rule: 'no source and no model has that name',
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
        const cycle = [...visiting.slice(visiting.indexOf(name)), name].join(' → ');
        this.problems.push({
          field: this.fieldOf(name),
          rule: `the models need each other: ${cycle}`,
          remedy: 'Break the cycle.',
        });
        return;
      }
      visiting.push(name);
      for (const table of this.read.get(name)!.facts.tables) visit(table);
      visiting.pop();
      order.push(name);
    };
    for (const name of this.read.keys()) visit(name);
    return order;
  }

  private async createTable(name: string, columns: readonly OutputColumn[], isSource: boolean): Promise<void> {
    const list = columns.map((column) => `${quoteName(column.name)} ${toDuckDB(column.type)}`);
    await this.catalog.query(
      `CREATE TABLE ${quoteName(name)} (${[...list, ...(isSource ? [ROW_COLUMNS] : [])].join(', ')})`,
    );
  }

  /** Asks DuckDB for the columns of a model over empty tables of its inputs. */
  private async describe(name: string): Promise<void> {
    if (this.problems.length > 0) return;
    const { sql, facts } = this.read.get(name)!;
    let described: { name: string; type: string }[];
    try {
      const rows = await this.catalog.query(`DESCRIBE ${sql}`);
      described = rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
    } catch (error) {
      this.problems.push({
        field: this.fieldOf(name),
        rule: firstLines(error),
        remedy: 'Correct the SQL (DuckDB dialect).',
      });
      return;
    }
    const plain = new PlainColumns(facts, [...this.inputColumns(facts)]);
    const columns = described
      .filter(({ name: column }) => !ADDED.has(column))
      .flatMap((column) => this.outputColumn(name, column, plain));
    this.refuseDuplicates(name, columns);
    const { fusedInto, level } = this.place(facts);
    this.compiled.set(name, {
      name,
      sql,
      columns,
      inputs: facts.tables,
      ...(fusedInto === undefined ? { level: level! } : { fusedInto }),
    });
    if (this.problems.length === 0) await this.createTable(name, columns, false);
  }

  private *inputColumns(facts: SqlFacts): Iterable<OutputColumn> {
    for (const table of facts.tables) {
      const source = this.pipeline.sources[table];
      yield* source ? sourceColumns(source) : this.compiled.get(table)!.columns;
    }
  }

  private outputColumn(
    model: string,
    { name, type }: { name: string; type: string },
    plain: PlainColumns,
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
    const input = plain.find(name);
    if (columnType.type === 'text' && input?.type.type === 'text') return [{ name, type: input.type, nullable: true }];
    return [{ name, type: columnType, nullable: true }];
  }

  private refuseDuplicates(model: string, columns: readonly OutputColumn[]): void {
    const names = columns.map(({ name }) => name);
    for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
      this.problems.push({
        field: this.fieldOf(model),
        value: show(name),
        rule: 'two columns have that name',
        remedy: 'Rename one with AS.',
      });
    }
  }

  /** Row-wise over one source, maybe by way of other such models: fused. Else one level above its highest input. */
  private place(facts: SqlFacts): { fusedInto?: string; level?: number } {
    const [input] = facts.tables;
    if (facts.rowWise && facts.tables.length === 1) {
      const fusedInto = input! in this.pipeline.sources ? input! : this.compiled.get(input!)!.fusedInto;
      if (fusedInto !== undefined) return { fusedInto };
    }
    return { level: 1 + Math.max(...facts.tables.map((table) => this.compiled.get(table)?.level ?? 0)) };
  }

  private refuseUnused(): void {
    const used = new Set([
      ...this.pipeline.sinks.map(({ model }) => model),
      ...[...this.read.values()].flatMap(({ facts }) => facts.tables),
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

/** Output columns that are input columns as they stand keep their declared length. */
class PlainColumns {
  constructor(
    private readonly facts: SqlFacts,
    private readonly inputs: readonly OutputColumn[],
  ) {}

  find(name: string): OutputColumn | undefined {
    const input = this.facts.plainColumns.get(name) ?? (this.facts.star ? name : undefined);
    if (input === undefined) return undefined;
    const found = this.inputs.filter((column) => column.name === input);
    return found.length === 1 ? found[0] : undefined;
  }
}

const firstLines = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 4).join(' ').trim().replace(/\.$/, '');
