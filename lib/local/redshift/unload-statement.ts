import { RedshiftError, UnsupportedLocally } from './errors';
import { foldedName } from './names';
import { isName, type Reader, stringValue, wordOf } from './tree';

/** UNLOAD ('query') TO 's3://…' as data. */
export interface UnloadStatement {
  /** Redshift's SQL */
  readonly query: string;
  readonly bucket: string;
  /** what the names of all files begin with */
  readonly prefix: string;
  readonly iamRole: string;
  readonly format: 'TEXT' | 'CSV' | 'PARQUET' | 'JSON';
  readonly options: UnloadOptions;
}

export interface UnloadOptions {
  partitionBy: readonly string[];
  /** partition columns stay in the files */
  include: boolean;
  manifest: boolean;
  verbose: boolean;
  header: boolean;
  delimiter?: string;
  addQuotes: boolean;
  escape: boolean;
  nullAs: string;
  gzip: boolean;
  allowOverwrite: boolean;
  cleanPath: boolean;
  parallel: boolean;
  maxFileBytes: number;
  extension?: string;
  region?: string;
}

const MEGABYTE = 1024 * 1024;
const GREATEST_MB = 6.2 * 1024;
const SMALLEST_MB = 5;

const LATER = new Set([
  'fixedwidth',
  'encrypted',
  'kms_key_id',
  'master_symmetric_key',
  'bzip2',
  'zstd',
  'access_key_id',
]);

export function unloadStatement(reader: Reader): UnloadStatement {
  reader.expect('unload');
  const group = reader.group();
  const [text] = group.nodes;
  if (group.nodes.length !== 1 || text?.kind !== 'string')
    throw new RedshiftError(`syntax error at or near "${text?.text ?? ')'}"`);
  reader.expect('to');
  const target = reader.string();
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(target) ?? [];
  if (bucket === undefined || prefix === undefined) throw new RedshiftError(`Invalid S3 path for UNLOAD: '${target}'`);
  const state: { iamRole?: string; format?: UnloadStatement['format']; seen: Set<string> } = { seen: new Set() };
  const options: UnloadOptions = {
    partitionBy: [],
    include: false,
    manifest: false,
    verbose: false,
    header: false,
    addQuotes: false,
    escape: false,
    nullAs: '',
    gzip: false,
    allowOverwrite: false,
    cleanPath: false,
    parallel: true,
    maxFileBytes: GREATEST_MB * MEGABYTE,
  };
  while (!reader.done) option(reader, state, options);
  if (state.iamRole === undefined)
    throw new RedshiftError('CREDENTIALS argument is required but missing from the UNLOAD command');
  const format = state.format ?? 'TEXT';
  check(format, state.seen, options);
  return { query: stringValue(text.text), bucket, prefix, iamRole: state.iamRole, format, options };
}

function option(
  reader: Reader,
  state: { iamRole?: string; format?: UnloadStatement['format']; seen: Set<string> },
  options: UnloadOptions,
): void {
  if (reader.take('format')) reader.take('as');
  const name = wordOf(reader.next());
  state.seen.add(name);
  switch (name) {
    case 'iam_role':
      state.iamRole = reader.take('default') ? 'default' : reader.string();
      break;
    case 'credentials': {
      reader.take('as');
      const role = /^aws_iam_role=(\S+)$/.exec(reader.string())?.[1];
      if (role === undefined) throw new UnsupportedLocally('UNLOAD with keys as CREDENTIALS; name a role');
      state.iamRole = role;
      break;
    }
    case 'csv':
    case 'parquet':
    case 'json':
    case 'text':
      if (state.format !== undefined) throw new RedshiftError('conflicting or redundant options');
      state.format = name.toUpperCase() as UnloadStatement['format'];
      break;
    case 'partition':
      reader.expect('by');
      options.partitionBy = reader
        .group()
        .nodes.filter(isName)
        .map(({ text }) => foldedName(text));
      options.include = reader.take('include');
      break;
    case 'manifest':
      options.manifest = true;
      options.verbose = reader.take('verbose');
      break;
    case 'header':
      options.header = true;
      break;
    case 'delimiter':
      reader.take('as');
      options.delimiter = reader.string();
      break;
    case 'null':
      reader.take('as');
      options.nullAs = reader.string();
      break;
    case 'addquotes':
      options.addQuotes = true;
      break;
    case 'escape':
      options.escape = true;
      break;
    case 'gzip':
      options.gzip = true;
      break;
    case 'allowoverwrite':
      options.allowOverwrite = true;
      break;
    case 'cleanpath':
      options.cleanPath = true;
      break;
    case 'parallel':
      options.parallel = !(reader.take('off') || reader.take('false'));
      if (options.parallel && !reader.take('on')) reader.take('true');
      break;
    case 'maxfilesize':
      options.maxFileBytes = fileSize(reader);
      break;
    case 'rowgroupsize':
      fileSize(reader);
      break;
    case 'extension':
      reader.take('as');
      options.extension = reader.string();
      break;
    case 'region':
      reader.take('as');
      options.region = reader.string();
      break;
    default:
      if (LATER.has(name)) throw new UnsupportedLocally(`UNLOAD … ${name.toUpperCase()}`);
      throw new RedshiftError(`syntax error at or near "${name}"`);
  }
}

function fileSize(reader: Reader): number {
  reader.take('as');
  const size = Number(reader.next().text);
  const inGigabytes = reader.take('gb');
  if (!inGigabytes) reader.take('mb');
  const megabytes = inGigabytes ? size * 1024 : size;
  if (!(megabytes >= SMALLEST_MB && megabytes <= GREATEST_MB))
    throw new RedshiftError('MAXFILESIZE must be between 5 MB and 6.2 GB');
  return megabytes * MEGABYTE;
}

function check(format: UnloadStatement['format'], seen: ReadonlySet<string>, options: UnloadOptions): void {
  const refused: Readonly<Record<UnloadStatement['format'], readonly string[]>> = {
    TEXT: [],
    CSV: ['addquotes', 'escape'],
    PARQUET: ['addquotes', 'escape', 'delimiter', 'header', 'gzip', 'null'],
    JSON: ['addquotes', 'escape', 'delimiter', 'header', 'null'],
  };
  const wrong = refused[format].find((name) => seen.has(name));
  if (wrong) throw new RedshiftError(`${wrong.toUpperCase()} is not supported for UNLOAD to ${format}`);
  if (options.allowOverwrite && options.cleanPath)
    throw new RedshiftError('CLEANPATH and ALLOWOVERWRITE cannot be specified together');
  if (options.delimiter !== undefined && options.delimiter.length !== 1)
    throw new RedshiftError('UNLOAD delimiter must be a single ASCII character');
}
