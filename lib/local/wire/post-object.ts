/**
 * S3's POST Object: a browser's form, with the policy that the bucket's owner has signed for it, becomes a PutObject. The file is the
 * form's last field; what follows it does not count.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../service';
import type { WireRequest, WireResponse } from './message';
import { assertPolicy } from './post-policy';
import { escapeXml, XML_DECLARATION } from './protocols/xml';

export interface PostedObject {
  readonly accessKeyId?: string;
  readonly input: Readonly<Record<string, unknown>> & { readonly Key: string };
  /** to the answer of PutObject */
  answer(stored: { readonly ETag?: string; readonly VersionId?: string }, endpoint: string): WireResponse;
}

export const isForm = (method: string | undefined, headers: Readonly<Record<string, string>> | IncomingHttpHeaders) =>
  method === 'POST' && /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');

/** The members of PutObject that a form's field may give; a field that is none of them is refused, unless it is of the form itself. */
const MEMBERS: Readonly<Record<string, string>> = {
  acl: 'ACL',
  'cache-control': 'CacheControl',
  'content-type': 'ContentType',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-website-redirect-location': 'WebsiteRedirectLocation',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-checksum-algorithm': 'ChecksumAlgorithm',
  'x-amz-checksum-crc32': 'ChecksumCRC32',
  'x-amz-checksum-crc32c': 'ChecksumCRC32C',
  'x-amz-checksum-crc64nvme': 'ChecksumCRC64NVME',
  'x-amz-checksum-sha1': 'ChecksumSHA1',
  'x-amz-checksum-sha256': 'ChecksumSHA256',
};
const META = 'x-amz-meta-';

/** Throws what S3 says of a form that it does not take. */
export async function readPostedObject(request: WireRequest, nowMs: number): Promise<PostedObject> {
  const { fields, file, fileName } = await readForm(request);
  const key = fields.get('key')?.replace(/\$\{filename\}/g, () => fileName);
  if (key === undefined || key === '') throw missingField('key');
  const bucket = request.bucket ?? '';
  const accessKeyId = fields.get('x-amz-credential')?.split('/')[0] ?? fields.get('awsaccesskeyid');
  if (accessKeyId !== undefined) {
    const policy = fields.get('policy');
    if (policy === undefined) throw missingField('policy');
    assertPolicy(policy, new Map([...fields, ['key', key], ['bucket', bucket]]), file.byteLength, nowMs);
  }
  const input: Record<string, unknown> = { Bucket: bucket, Key: key, Body: file };
  const metadata: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (name.startsWith(META)) metadata[name.slice(META.length)] = value;
    else if (name === 'tagging') input.Tagging = tagsOf(value);
    else if (MEMBERS[name] !== undefined) input[MEMBERS[name]] = value;
    else if (name === 'expires') input.Expires = new Date(value);
  }
  if (Object.keys(metadata).length > 0) input.Metadata = metadata;
  return {
    ...(accessKeyId !== undefined && { accessKeyId }),
    input: { ...input, Key: key },
    answer: ({ ETag = '', VersionId }, endpoint) => {
      const location = `${endpoint}/${bucket}/${encodeURIComponent(key)}`;
      const headers = { etag: ETag, location, ...(VersionId !== undefined && { 'x-amz-version-id': VersionId }) };
      const redirect = redirectTo(fields.get('success_action_redirect') ?? fields.get('redirect'));
      if (redirect) {
        for (const [name, value] of Object.entries({ bucket, key, etag: ETag }))
          redirect.searchParams.append(name, value);
        return { status: 303, headers: { ...headers, location: redirect.href } };
      }
      const asked = fields.get('success_action_status');
      if (asked !== '201') return { status: asked === '200' ? 200 : 204, headers };
      const members = Object.entries({ Location: location, Bucket: bucket, Key: key, ETag });
      const body = members.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join('');
      return {
        status: 201,
        headers: { ...headers, 'content-type': 'application/xml' },
        body: `${XML_DECLARATION}<PostResponse>${body}</PostResponse>`,
      };
    },
  };
}

async function readForm({ headers, body }: WireRequest) {
  const bytes = await body.bytes();
  const fields = new Map<string, string>();
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': headers['content-type'] ?? '' },
    }).formData();
  } catch {
    throw new AwsError(
      'MalformedPOSTRequest',
      'The body of your POST request is not well-formed multipart/form-data.',
      400,
    );
  }
  for (const [name, value] of form) {
    if (name.toLowerCase() !== 'file') {
      fields.set(name.toLowerCase(), typeof value === 'string' ? value : await value.text());
      continue;
    }
    const file = typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(await value.arrayBuffer());
    return { fields, file, fileName: typeof value === 'string' ? '' : value.name };
  }
  throw new AwsError('InvalidArgument', 'POST requires exactly one file upload per request.', 400, {
    ArgumentName: 'file',
    ArgumentValue: 0,
  });
}

/** An address that is none is ignored. */
function redirectTo(address: string | undefined): URL | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
}

/** `<Tagging><TagSet><Tag>…`, as a query string, which is what PutObject takes. */
function tagsOf(xml: string): string {
  const text = (tag: string, name: string) =>
    (new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(tag)?.[1] ?? '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
  return [...xml.matchAll(/<Tag>([\s\S]*?)<\/Tag>/g)]
    .map(([, tag = '']) => `${encodeURIComponent(text(tag, 'Key'))}=${encodeURIComponent(text(tag, 'Value'))}`)
    .join('&');
}

const missingField = (field: string) =>
  new AwsError(
    'InvalidArgument',
    `Bucket POST must contain a field named '${field}'.  If it is specified, please check the order of the fields.`,
    400,
    { ArgumentName: field, ArgumentValue: '' },
  );
