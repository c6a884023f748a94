/**
 * Lets a Spark reach `s3://` without a library for S3: Hadoop brings a client of WebHDFS and mounts it under any scheme. What is served
 * here is that protocol's part which Spark uses: https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/WebHDFS.html
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../../service';
import { type Entry, isMissing, type JobFiles } from './job-files';

export interface FileServer {
  /** settings for Hadoop: each bucket is a mount of its own */
  confsFor(buckets: readonly string[]): ReadonlyMap<string, string>;
  close(): Promise<void>;
}

const SCHEMES = ['s3', 's3a', 's3n'];
const PREFIX = '/webhdfs/v1';

export async function openFileServer(files: JobFiles): Promise<FileServer> {
  const server = createServer((request, response) => {
    answer(files, request, response).catch((error) => refuse(response, error));
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    confsFor: (buckets) =>
      new Map([
        ...SCHEMES.flatMap((scheme): [string, string][] => [
          [`spark.hadoop.fs.${scheme}.impl`, 'org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme'],
          [
            `spark.hadoop.fs.viewfs.overload.scheme.target.${scheme}.impl`,
            'org.apache.hadoop.hdfs.web.WebHdfsFileSystem',
          ],
        ]),
        ...buckets.map((bucket): [string, string] => [
          `spark.hadoop.fs.viewfs.mounttable.${bucket}.linkFallback`,
          `webhdfs://127.0.0.1:${port}/${bucket}`,
        ]),
      ]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(files: JobFiles, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = decodeURIComponent(url.pathname)
    .slice(PREFIX.length)
    .replace(/(.)\/+$/, '$1');
  const query = url.searchParams;
  const json = (value: unknown) => send(response, 200, value);
  switch ((query.get('op') ?? '').toUpperCase()) {
    case 'GETHOMEDIRECTORY':
      return json({ Path: '/user/hadoop' });
    case 'SETPERMISSION':
    case 'SETTIMES':
    case 'SETOWNER':
      return json({});
    case 'GETFILESTATUS': {
      const entry = await files.status(path);
      return entry ? json({ FileStatus: statusOf(entry) }) : missing(response, path);
    }
    case 'LISTSTATUS': {
      const entries = await files.list(path);
      return entries ? json({ FileStatuses: { FileStatus: entries.map(statusOf) } }) : missing(response, path);
    }
    case 'GET_BLOCK_LOCATIONS':
      return json({
        LocatedBlocks: {
          fileLength: 0,
          isUnderConstruction: false,
          locatedBlocks: [],
          lastLocatedBlock: null,
          isLastBlockComplete: true,
        },
      });
    case 'OPEN':
      return open(files, path, query, response);
    case 'CREATE':
      return create(files, path, query, request, response);
    case 'MKDIRS':
      files.makeFolder(path);
      return json({ boolean: true });
    case 'RENAME':
      return json({ boolean: await files.rename(path, query.get('destination') ?? '') });
    case 'DELETE':
      return json({ boolean: await files.remove(path) });
    default:
      return problem(response, 400, 'java.lang.UnsupportedOperationException', `${query.get('op')} is not served here`);
  }
}

async function open(files: JobFiles, path: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const entry = await files.status(path);
  if (!entry || entry.isFolder) return missing(response, path);
  const offset = Number(query.get('offset') ?? 0);
  const length = Math.max(0, Math.min(entry.length - offset, Number(query.get('length') ?? Number.MAX_SAFE_INTEGER)));
  const body = length === 0 ? undefined : await files.read(path, offset, length);
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
  if (!body) {
    response.end();
    return;
  }
  // A reader that has what it wanted hangs up.
  await pipeline(body, response).catch(() => response.destroy());
}

async function create(
  files: JobFiles,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // The client wants to be told first to whom it shall send the bytes.
  if (query.get('data') === null) {
    request.resume();
    response.writeHead(307, {
      location: `http://${request.headers.host}${request.url}&data=true`,
      'content-length': 0,
    });
    response.end();
    return;
  }
  const written = await files.write(path, request, query.get('overwrite') === 'true');
  if (!written)
    return problem(response, 403, 'org.apache.hadoop.fs.FileAlreadyExistsException', `${path} already exists`);
  response.writeHead(201, { 'content-length': 0 });
  response.end();
}

const statusOf = ({ name, isFolder, length, modified }: Entry) => ({
  accessTime: 0,
  blockSize: 128 * 1024 * 1024,
  group: 'hadoop',
  length,
  modificationTime: modified,
  owner: 'hadoop',
  pathSuffix: name,
  permission: isFolder ? '777' : '666',
  replication: isFolder ? 0 : 1,
  type: isFolder ? 'DIRECTORY' : 'FILE',
});

const missing = (response: ServerResponse, path: string): void =>
  problem(response, 404, 'java.io.FileNotFoundException', `No such file or directory: s3:/${path}`);

function refuse(response: ServerResponse, error: unknown): void {
  const { message } = error as Error;
  const told = error instanceof AwsError ? `${error.code}: ${message}` : message;
  if (response.headersSent) response.destroy();
  else if (isMissing(error)) problem(response, 404, 'java.io.FileNotFoundException', message);
  else if (error instanceof AwsError && error.status === 403)
    problem(response, 403, 'org.apache.hadoop.security.AccessControlException', told);
  else problem(response, 500, 'java.io.IOException', told);
}

function problem(response: ServerResponse, status: number, javaClassName: string, message: string): void {
  const exception = javaClassName.slice(javaClassName.lastIndexOf('.') + 1);
  send(response, status, { RemoteException: { exception, javaClassName, message } });
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
