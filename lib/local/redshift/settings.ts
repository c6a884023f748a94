import { literal } from '../postgres/client';
import { RedshiftError, syntaxError, UnsupportedLocally } from './errors';
import { type Parameters, rewrite } from './expressions';
import { foldedName } from './names';
import type { Translated } from './translate';
import { type Node, type Reader, stringValue, wordOf } from './tree';

/** SET, RESET and SHOW. */

/** Settings that PostgreSQL has as well. */
const SHARED = new Set(['search_path', 'statement_timeout', 'timezone', 'datestyle', 'extra_float_digits']);

/** Those that only tune Redshift: whatever is said means nothing here. */
const TUNING = new Set(
  `analyze_threshold_percent application_name enable_result_cache_for_session max_concurrency_scaling_clusters max_cursor_result_set_size
  mv_enable_aqmv_for_session query_group spectrum_query_maxerror stored_proc_log_min_messages wlm_query_slot_count`.split(
    /\s+/,
  ),
);

/** Those that change answers, with the only value that there is here: Redshift's standard. */
const FIXED: Readonly<Record<string, string>> = {
  cast_super_null_on_error: 'on',
  describe_field_name_in_uppercase: 'off',
  downcase_delimited_identifier: 'on',
  enable_case_sensitive_identifier: 'off',
  enable_case_sensitive_super_attribute: 'off',
  enable_numeric_rounding: 'on',
  error_on_nondeterministic_update: 'off',
  json_serialization_enable: 'off',
  json_serialization_parse_nested_strings: 'off',
  navigate_super_null_on_error: 'on',
  parse_super_null_on_error: 'off',
};

const SWITCHES: Readonly<Record<string, string>> = {
  true: 'on',
  on: 'on',
  '1': 'on',
  false: 'off',
  off: 'off',
  '0': 'off',
};

/** SET [SESSION|LOCAL] name TO value, SET TIME ZONE value, RESET name */
export function set(reader: Reader, parameters: Parameters, nodes: readonly Node[]): string | Translated {
  const resets = wordOf(reader.next()) === 'reset';
  if (!reader.take('local') && wordOf(reader.peek(1)) !== 'authorization') reader.take('session');
  if (reader.take('time', 'zone')) return rewrite(nodes, parameters);
  const name = wordOf(reader.next());
  if (TUNING.has(name)) return { kind: 'nothing' };
  const fixed = FIXED[name];
  if (fixed !== undefined) {
    if (!resets) checkFixed(name, fixed, reader);
    return { kind: 'nothing' };
  }
  if (!SHARED.has(name)) throw new UnsupportedLocally(`SET ${name}`);
  return rewrite(nodes, parameters);
}

function checkFixed(name: string, fixed: string, reader: Reader): void {
  if (!reader.take('to') && reader.next().text !== '=') throw syntaxError(name);
  const node = reader.next();
  const given = node.kind === 'string' ? stringValue(node.text).toLowerCase() : node.text.toLowerCase();
  if (given !== 'default' && SWITCHES[given] !== fixed) throw new UnsupportedLocally(`SET ${name} TO ${given}`);
}

/** SHOW setting, and SHOW DATABASES, SCHEMAS, TABLES and COLUMNS with LIKE and LIMIT */
export function show(reader: Reader): string {
  reader.expect('show');
  if (reader.take('databases')) return listed(reader, 'svv_redshift_databases', 'database_name', []);
  if (reader.take('schemas', 'from', 'database'))
    return listed(reader, 'svv_schemas', 'schema_name', ['database_name']);
  if (reader.take('tables', 'from', 'schema'))
    return listed(reader, 'svv_all_tables', 'table_name', ['database_name', 'schema_name']);
  if (reader.take('columns', 'from', 'table'))
    return listed(reader, 'svv_all_columns', 'column_name', ['database_name', 'schema_name', 'table_name']);
  const name = wordOf(reader.next());
  if (['table', 'view', 'procedure', 'external', 'model', 'datashares', 'grants', 'parameters'].includes(name))
    throw new UnsupportedLocally(`SHOW ${name.toUpperCase()}`);
  reader.end();
  const fixed = FIXED[name];
  if (fixed !== undefined) return `SELECT ${literal(fixed)}::varchar AS ${name}`;
  if (!SHARED.has(name)) throw new UnsupportedLocally(`SHOW ${name.toUpperCase()}`);
  return `SHOW ${name}`;
}

/** A view's rows of what `database.schema.table` names, as far as that is said. */
function listed(reader: Reader, view: string, name: string, within: readonly string[]): string {
  const parts: string[] = [];
  if (within.length > 0) {
    parts.push(foldedName(reader.name().text));
    while (reader.takePunctuation('.')) parts.push(foldedName(reader.name().text));
  }
  if (parts.length > within.length) throw new RedshiftError(`improper qualified name: ${parts.join('.')}`);
  const columns = within.slice(within.length - parts.length);
  const conditions = columns.map((column, at) => `${column} = ${literal(parts[at]!)}`);
  if (reader.take('like')) conditions.push(`${name} LIKE ${literal(reader.string())}`);
  const limit = reader.take('limit') ? ` LIMIT ${reader.integer()}` : '';
  reader.end();
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  return `SELECT * FROM redshift_catalog.${view}${where} ORDER BY ${view === 'svv_all_columns' ? 'ordinal_position' : name}${limit}`;
}
