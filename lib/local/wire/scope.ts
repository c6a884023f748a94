/** Who signed a request, and for which service. Signatures are not verified: whoever reaches the port owns the machine. */
import { AwsError } from '../service';

export interface Scope {
  readonly accessKeyId?: string;
  /** the SigV4 signing name */
  readonly service?: string;
}

export function readScope(
  authorization: string | undefined,
  query: readonly (readonly [string, string])[],
  nowMs: number,
): Scope {
  if (authorization !== undefined) {
    const credential = /Credential=([^,\s]+)/.exec(authorization)?.[1];
    if (credential) return fromCredential(credential);
    const v2 = /^AWS ([^:]+):/.exec(authorization)?.[1];
    if (v2) return { accessKeyId: v2, service: 's3' };
    throw new AwsError(
      'IncompleteSignatureException',
      `Authorization header is not AWS Signature Version 4: "${authorization.slice(0, 40)}…"`,
      403,
    );
  }
  const parameter = (name: string) => query.find(([key]) => key.toLowerCase() === name)?.[1];
  const credential = parameter('x-amz-credential');
  if (credential !== undefined) {
    const scope = fromCredential(credential);
    const isS3 = scope.service === 's3';
    refuseExpired(
      {
        date: parameter('x-amz-date'),
        expires: parameter('x-amz-expires'),
        isWhole:
          !isS3 || ['x-amz-algorithm', 'x-amz-signature', 'x-amz-signedheaders'].every((name) => parameter(name)),
        isS3,
      },
      nowMs,
    );
    return scope;
  }
  const v2 = parameter('awsaccesskeyid');
  if (v2 !== undefined) {
    const expiresMs = Number(parameter('expires')) * 1000;
    if (!(expiresMs >= nowMs)) throw expired(expiresMs, nowMs);
    return { accessKeyId: v2, service: 's3' };
  }
  return {};
}

/** `<access key>/<date>/<region>/<service>/aws4_request`; SigV4A has no region. */
function fromCredential(credential: string): Scope {
  const parts = credential.split('/');
  const service = parts.at(-2);
  if (parts.length < 4 || parts.at(-1) !== 'aws4_request' || !service) {
    throw new AwsError(
      'IncompleteSignatureException',
      `The credential scope "${credential}" is not <key>/<date>/<region>/<service>/aws4_request.`,
      403,
    );
  }
  return { accessKeyId: parts[0], service };
}

const WEEK_SECONDS = 604_800;

interface SignedQuery {
  readonly date: string | undefined;
  readonly expires: string | undefined;
  /** the other parameters of a signature are there */
  readonly isWhole: boolean;
  /** only S3 asks for each of them */
  readonly isS3: boolean;
}

function refuseExpired({ date, expires, isWhole, isS3 }: SignedQuery, nowMs: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '');
  if (isS3) {
    if (!isWhole || date === undefined || expires === undefined)
      throw badQuery(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      );
    if (!match) throw badQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
    if (!/^-?\d+$/.test(expires)) throw badQuery('X-Amz-Expires should be a number');
    if (Number(expires) < 0) throw badQuery('X-Amz-Expires must be non-negative');
    if (Number(expires) > WEEK_SECONDS)
      throw badQuery(
        `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${WEEK_SECONDS} seconds`,
      );
  }
  if (!match || expires === undefined) return;
  const [, year, month, day, hour, minute, second] = match;
  const endsMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + Number(expires) * 1000;
  if (endsMs < nowMs) throw expired(endsMs, nowMs, { 'X-Amz-Expires': expires });
}

const badQuery = (message: string) => new AwsError('AuthorizationQueryParametersError', message, 400);

function expired(endedMs: number, nowMs: number, fields: Readonly<Record<string, string>> = {}): AwsError {
  const ended = Number.isFinite(endedMs) ? { Expires: withoutMs(endedMs) } : {};
  return new AwsError('AccessDenied', 'Request has expired', 403, {
    ...fields,
    ...ended,
    ServerTime: withoutMs(nowMs),
  });
}

const withoutMs = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
