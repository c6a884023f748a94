import { appendFileSync, createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { FieldDef } from 'pg';
import type { UnloadStatement } from '../unload-statement';
import { headerOf, lineOf } from './lines';
import { toParquet } from './parquet';

export interface UnloadedFile {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  readonly stream: () => Readable;
}

export interface Layout {
  readonly fields: readonly FieldDef[];
  /** places of the columns that name folders */
  readonly partition: readonly number[];
  /** places of the columns that the files hold */
  readonly kept: readonly number[];
  readonly prefix: string;
  /** on this machine */
  readonly folder: string;
}

interface Part {
  readonly file: string;
  readonly path: string;
  readonly number: number;
  rows: number;
  bytes: number;
  pending: string[];
}

const FLUSH_BYTES = 1 << 20;
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** The files of an UNLOAD while it runs: one a partition, and the next one when the greatest size is reached. */
export function openFiles(unload: UnloadStatement, layout: Layout) {
  const { options, format } = unload;
  const { fields, partition, kept } = layout;
  const parts = new Map<string, Part[]>();
  let count = 0;
  const columns = kept.map((index) => fields[index]!);
  const header = options.header ? headerOf(columns, unload) : '';

  function open(path: string): Part {
    const siblings = parts.get(path) ?? [];
    const part: Part = {
      file: join(layout.folder, String(count++)),
      path,
      number: siblings.length,
      rows: 0,
      bytes: 0,
      pending: [],
    };
    writeFileSync(part.file, '');
    parts.set(path, [...siblings, part]);
    append(part, header);
    return part;
  }

  function append(part: Part, text: string): void {
    if (text === '') return;
    part.pending.push(text);
    part.bytes += Buffer.byteLength(text);
    if (part.pending.length >= 1_000 || part.bytes % FLUSH_BYTES < text.length) flush(part);
  }

  function flush(part: Part): void {
    if (part.pending.length > 0) appendFileSync(part.file, part.pending.join(''));
    part.pending = [];
  }

  return {
    write(row: readonly (string | null)[]): void {
      const path = partition
        .map((index) => `${fields[index]!.name}=${row[index] === null ? NO_VALUE : encodePath(row[index]!)}/`)
        .join('');
      const line = lineOf(
        kept.map((index) => row[index] ?? null),
        columns,
        unload,
      );
      let part = parts.get(path)?.at(-1) ?? open(path);
      if (part.rows > 0 && part.bytes + line.length > options.maxFileBytes) {
        flush(part);
        part = open(path);
      }
      part.rows++;
      append(part, line);
    },

    async *finish(): AsyncGenerator<UnloadedFile> {
      // Without rows there is still a file, unless partitions would name it.
      if (parts.size === 0 && partition.length === 0) open('');
      for (const part of [...parts.values()].flat()) {
        flush(part);
        let { file } = part;
        if (format === 'PARQUET') file = await toParquet(file, columns);
        else if (options.gzip) {
          writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
          file = `${file}.gz`;
        }
        const place = options.parallel
          ? `0000_part_${String(part.number).padStart(2, '0')}`
          : String(part.number).padStart(3, '0');
        yield {
          key: `${layout.prefix}${part.path}${place}${extension(unload)}`,
          bytes: statSync(file).size,
          rows: part.rows,
          stream: () => createReadStream(file),
        };
      }
    },
  };
}

function extension({ format, options }: UnloadStatement): string {
  if (options.extension !== undefined) return `.${options.extension.replace(/^\./, '')}`;
  if (format === 'PARQUET') return '.parquet';
  return `${format === 'JSON' ? '.json' : ''}${options.gzip ? '.gz' : ''}`;
}

/** As Hive writes the names of partitions. */
const encodePath = (value: string) =>
  [...value]
    .map((char) => {
      const code = char.charCodeAt(0);
      const kept = code > 31 && code !== 127 && !'"#%\'*/:=?\\{[]^'.includes(char);
      return kept ? char : `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
