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

export interface CopyOptions {
  delimiter: string;
  quote: string;
  nullAs?: string;
  ignoreHeader: number;
  compression?: 'GZIP';
  maxError: number;
  truncateColumns: boolean;
  blanksAsNull: boolean;
  emptyAsNull: boolean;
  serializeToJson: boolean;
  region?: string;
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
const LATER = new Set(
  `acceptanydate acceptinvchars avro bzip2 credentials encoding encrypted escape explicit_ids fillrecord fixedwidth ignoreallerrors ignoreblanklines
  jsonpaths lzop noload null_as orc readratio removequotes roundec shapefile ssh trimblanks zstd`.split(/\s+/),
);

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
  };
  while (!reader.done) option(reader, state, options);

  if (state.iamRole === undefined)
    throw new RedshiftError('CREDENTIALS argument is required but missing from the COPY command');
  const format = state.format ?? 'TEXT';
  if (format === 'CSV' && !state.seen.includes('delimiter')) options.delimiter = ',';
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
      if (reader.peek()?.kind === 'string' && reader.string() !== 'auto')
        throw new UnsupportedLocally("COPY FORMAT JSON other than 'auto'");
      break;
    case 'manifest':
      state.manifest = true;
      break;
    case 'gzip':
      options.compression = 'GZIP';
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
      if (format !== 'auto') throw new UnsupportedLocally(`COPY ${name.toUpperCase()} '${format}'; only 'auto'`);
      break;
    }
    case 'compupdate':
    case 'statupdate':
      onOff();
      break;
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
