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
    refuseExpired(parameter('x-amz-date'), parameter('x-amz-expires'), nowMs);
    return fromCredential(credential);
  }
  const v2 = parameter('awsaccesskeyid');
  if (v2 !== undefined) {
    if (Number(parameter('expires')) * 1000 < nowMs) throw expired();
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

function refuseExpired(date: string | undefined, expires: string | undefined, nowMs: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '');
  if (!match || expires === undefined) return;
  const [, year, month, day, hour, minute, second] = match;
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (signedMs + Number(expires) * 1000 < nowMs) throw expired();
}

function expired(): AwsError {
  return new AwsError('AccessDenied', 'Request has expired', 403);
}
