import { qualifiedName } from './create-table';
import { RedshiftError, UnsupportedLocally } from './errors';
import { foldedName } from './names';
import { isName, type Reader, wordOf } from './tree';

/** COPY table FROM 's3://…' as data. */
export interface CopyStatement {
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  readonly bucket: string;
  /** a key prefix, or the manifest's key */
  readonly key: string;
  /** `default` is the namespace's default role */
  readonly iamRole: string;
  readonly format: 'PARQUET' | 'CSV' | 'JSON' | 'TEXT';
  readonly manifest: boolean;
  readonly options: CopyOptions;
}

/** Where the columns of JSON come from. */
export type JsonMapping =
  | { readonly kind: 'auto'; readonly ignoreCase: boolean }
  | { readonly kind: 'noshred' }
  | { readonly kind: 'paths'; readonly bucket: string; readonly key: string };

export interface CopyOptions {
  delimiter: string;
  quote: string;
  nullAs?: string;
  ignoreHeader: number;
  compression?: 'GZIP' | 'ZSTD';
  /** what is no date becomes NULL */
  acceptAnyDate: boolean;
  explicitIds: boolean;
  maxError: number;
  truncateColumns: boolean;
  blanksAsNull: boolean;
  emptyAsNull: boolean;
  serializeToJson: boolean;
  region?: string;
  json: JsonMapping;
  escape: boolean;
  removeQuotes: boolean;
  fillRecord: boolean;
  ignoreBlankLines: boolean;
  trimBlanks: boolean;
  roundDecimals: boolean;
  /** check only */
  noLoad: boolean;
  /** stands for what is no UTF-8 */
  acceptInvalid?: string;
  fixedWidth?: readonly number[];
  /** undefined: ISO 8601; `auto`: all that PostgreSQL reads by itself */
  dateFormat?: string;
  timeFormat?: string;
}

/** COPY takes these with Parquet and refuses the rest. */
const COLUMNAR = new Set([
  'acceptinvchars',
  'fillrecord',
  'statupdate',
  'manifest',
  'explicit_ids',
  'serializetojson',
  'region',
  'compupdate',
]);

/** Known to Redshift; here they would change the rows that are loaded. */
const LATER = new Set(`access_key_id avro bzip2 encrypted lzop orc readratio shapefile ssh`.split(/\s+/));

export function copyStatement(reader: Reader): CopyStatement {
  reader.expect('copy');
  const table = qualifiedName(reader);
  const columns = reader
    .takeGroup()
    ?.nodes.filter(isName)
    .map(({ text }) => foldedName(text));
  reader.expect('from');
  const source = reader.string();
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(source) ?? [];
  if (bucket === undefined || key === undefined) {
    if (/^(dynamodb|emr):\/\//.test(source)) throw new UnsupportedLocally(`COPY FROM '${source}'`);
    throw new RedshiftError(`Invalid value for COPY source: '${source}'`);
  }
  const state: { iamRole?: string; format?: CopyStatement['format']; manifest: boolean; seen: string[] } = {
    manifest: false,
    seen: [],
  };
  const options: CopyOptions = {
    delimiter: '|',
    quote: '"',
    ignoreHeader: 0,
    maxError: 0,
    truncateColumns: false,
    blanksAsNull: false,
    emptyAsNull: false,
    serializeToJson: false,
    json: { kind: 'auto', ignoreCase: false },
    escape: false,
    removeQuotes: false,
    fillRecord: false,
    ignoreBlankLines: false,
    trimBlanks: false,
    roundDecimals: false,
    noLoad: false,
    acceptAnyDate: false,
    explicitIds: false,
  };
  while (!reader.done) option(reader, state, options);

  if (state.iamRole === undefined)
    throw new RedshiftError('CREDENTIALS argument is required but missing from the COPY command');
  const format = state.format ?? 'TEXT';
  if (format === 'CSV' && !state.seen.includes('delimiter')) options.delimiter = ',';
  const beside = format === 'CSV' && state.seen.find((name) => ['escape', 'fixedwidth', 'removequotes'].includes(name));
  if (beside) throw new RedshiftError(`CSV is not compatible with ${beside.toUpperCase()}`);
  const refused = format === 'PARQUET' ? state.seen.find((name) => !COLUMNAR.has(name)) : undefined;
  if (refused) throw new RedshiftError(`${refused.toUpperCase()} argument is not supported for PARQUET based COPY`);
  return { table, columns, bucket, key, iamRole: state.iamRole, format, manifest: state.manifest, options };
}

function option(
  reader: Reader,
  state: { iamRole?: string; format?: CopyStatement['format']; manifest: boolean; seen: string[] },
  options: CopyOptions,
): void {
  const setFormat = (format: CopyStatement['format']) => {
    if (state.format !== undefined) throw new RedshiftError('conflicting or redundant options');
    state.format = format;
  };
  if (reader.take('format')) reader.take('as');
  const name = wordOf(reader.next());
  if (!['iam_role', 'csv', 'parquet', 'json'].includes(name)) state.seen.push(name);
  const onOff = () => {
    if (!reader.take('on') && !reader.take('off') && !reader.take('preset') && !reader.take('true'))
      reader.take('false');
  };
  switch (name) {
    case 'iam_role':
      state.iamRole = reader.take('default') ? 'default' : reader.string();
      break;
    case 'parquet':
      setFormat('PARQUET');
      break;
    case 'csv':
      setFormat('CSV');
      if (reader.take('quote')) {
        reader.take('as');
        options.quote = reader.string();
      }
      break;
    case 'json':
      setFormat('JSON');
      reader.take('as');
      if (reader.peek()?.kind === 'string') options.json = jsonMapping(reader.string());
      break;
    case 'manifest':
      state.manifest = true;
      break;
    case 'gzip':
      options.compression = 'GZIP';
      break;
    case 'zstd':
      options.compression = 'ZSTD';
      break;
    case 'acceptanydate':
      options.acceptAnyDate = true;
      break;
    case 'explicit_ids':
      options.explicitIds = true;
      break;
    case 'delimiter':
      reader.take('as');
      options.delimiter = reader.string();
      break;
    case 'ignoreheader':
      reader.take('as');
      options.ignoreHeader = reader.peek()?.kind === 'string' ? Number(reader.string()) : reader.integer();
      break;
    case 'null':
      reader.take('as');
      options.nullAs = reader.string();
      break;
    case 'maxerror':
      reader.take('as');
      options.maxError = reader.integer();
      break;
    case 'region':
      reader.take('as');
      options.region = reader.string();
      break;
    case 'dateformat':
    case 'timeformat': {
      reader.take('as');
      const format = reader.string();
      options[name === 'dateformat' ? 'dateFormat' : 'timeFormat'] = format.toLowerCase() === 'auto' ? 'auto' : format;
      break;
    }
    case 'compupdate':
    case 'statupdate':
      onOff();
      break;
    case 'escape':
      options.escape = true;
      break;
    case 'removequotes':
      options.removeQuotes = true;
      break;
    case 'fillrecord':
      options.fillRecord = true;
      break;
    case 'ignoreblanklines':
      options.ignoreBlankLines = true;
      break;
    case 'trimblanks':
      options.trimBlanks = true;
      break;
    case 'roundec':
      options.roundDecimals = true;
      break;
    case 'noload':
      options.noLoad = true;
      break;
    case 'ignoreallerrors':
      options.maxError = MAX_ERRORS;
      break;
    case 'acceptinvchars':
      reader.take('as');
      options.acceptInvalid = reader.peek()?.kind === 'string' ? reader.string() : '?';
      break;
    case 'fixedwidth':
      reader.take('as');
      options.fixedWidth = reader.string().split(',').map(width);
      break;
    case 'encoding': {
      reader.take('as');
      const encoding = reader.peek()?.kind === 'string' ? reader.string() : reader.name().text;
      if (encoding.toLowerCase() !== 'utf8') throw new UnsupportedLocally(`COPY ENCODING ${encoding}`);
      break;
    }
    case 'credentials': {
      reader.take('as');
      const role = /^aws_iam_role=(\S+)$/.exec(reader.string())?.[1];
      if (role === undefined) throw new UnsupportedLocally('COPY with keys as CREDENTIALS; name a role');
      state.iamRole = role;
      break;
    }
    case 'truncatecolumns':
      options.truncateColumns = true;
      break;
    case 'blanksasnull':
      options.blanksAsNull = true;
      break;
    case 'emptyasnull':
      options.emptyAsNull = true;
      break;
    case 'serializetojson':
      options.serializeToJson = true;
      break;
    default:
      if (LATER.has(name)) throw new UnsupportedLocally(`COPY … ${name.toUpperCase()}`);
      throw new RedshiftError(`syntax error at or near "${name}"`);
  }
}

const MAX_ERRORS = 100_000;

/** `label:width` of FIXEDWIDTH */
function width(spec: string): number {
  const size = Number(spec.split(':')[1]);
  if (!Number.isInteger(size) || size < 1) throw new RedshiftError(`Invalid value for FIXEDWIDTH: ${spec}`);
  return size;
}

function jsonMapping(given: string): JsonMapping {
  if (given === 'auto' || given === 'auto ignorecase') return { kind: 'auto', ignoreCase: given !== 'auto' };
  if (given === 'noshred') return { kind: 'noshred' };
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(given) ?? [];
  if (bucket === undefined || key === undefined) throw new RedshiftError(`Invalid JSONPaths location: '${given}'`);
  return { kind: 'paths', bucket, key };
}
