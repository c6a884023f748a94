/** An AWS account and region, as the SDK's shared configuration, the environment and the options name them. */
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { parseKnownFiles } from '@smithy/core/config';
import { suggest } from '../pipeline/errors';
import { NotReachable, unreachableSentence } from './errors';

/** What every client of the SDK is made with. */
export type ClientOptions = Pick<STSClientConfig, 'endpoint' | 'region' | 'credentials'>;

export interface Account {
  readonly account: string;
  readonly region: string;
  /** absent: the credentials are of the environment, or of the default profile */
  readonly profile?: string;
  /** where not AWS's own: from the profile's `endpoint_url`, or from AWS_ENDPOINT_URL */
  readonly endpoint?: string;
  /** ARN of the caller */
  readonly caller: string;
  readonly client: ClientOptions;
}

export interface AccountOptions {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * Finds credentials and asks who they belong to: before anything else is asked, as the user must know whom a verb speaks to.
 *
 * @throws {NotReachable} for an unknown profile, no region, credentials that are missing, wrong or expired
 */
export async function connectAccount(options: AccountOptions): Promise<Account> {
  const profile = options.profile ?? process.env.AWS_PROFILE;
  const settings = await settingsOf(profile);
  // The SDK looks endpoints of profiles up by this variable alone; and what we start is to speak with the same account.
  if (profile !== undefined) process.env.AWS_PROFILE = profile;
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = options.region ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? settings.region;
  if (!region)
    throw new NotReachable(
      `No region is named${profile === undefined ? '' : `, and the profile '${profile}' has none`}: give --region, for example --region eu-central-1.`,
    );
  const endpoint = process.env.AWS_ENDPOINT_URL ?? settings.endpoint;
  const sts = new STSClient({ region, ...(profile === undefined ? {} : { profile }) });
  try {
    const { Account: account, Arn: caller } = await sts.send(new GetCallerIdentityCommand({}));
    return {
      account: account!,
      caller: caller!,
      region,
      ...(profile === undefined ? {} : { profile }),
      ...(endpoint ? { endpoint } : {}),
      // Found once: a profile may ask a program, or a person, for its credentials.
      client: { region, credentials: sts.config.credentials },
    };
  } catch (error) {
    throw notReachable(error as Error, { profile, region });
  }
}

/** @throws {NotReachable} that names the profiles there are */
async function settingsOf(profile: string | undefined): Promise<{
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}> {
  const all = await parseKnownFiles({});
  const found = all[profile ?? 'default'];
  if (found !== undefined || profile === undefined) return { region: found?.region, endpoint: found?.endpoint_url };
  // Sections of other kinds are named like `sso-session.work`.
  const names = Object.keys(all).filter((name) => !/^(sso-session|services)\./.test(name));
  throw new NotReachable(
    `There is no profile '${profile}' in ~/.aws/config or ~/.aws/credentials. ${names.length === 0 ? 'There is none at all: make one with aws configure sso' : suggest(profile, names)}`,
  );
}

function notReachable(error: Error, { profile, region }: { profile: string | undefined; region: string }): Error {
  const { code, address, hostname, port } = error as NodeJS.ErrnoException & {
    address?: string;
    hostname?: string;
    port?: number;
  };
  const host = hostname ?? address;
  if (code !== undefined && host !== undefined) {
    const at = port === undefined ? host : `${host}:${port}`;
    return new NotReachable(
      `${profile === undefined ? 'The account' : `The account of the profile '${profile}'`} cannot be reached: no answer from ${at} (${code}). Check the network, and that '${region}' is a region${address === undefined ? '' : ' and the endpoint is up'}.`,
    );
  }
  const sentence = unreachableSentence(error);
  return sentence === undefined ? error : new NotReachable(sentence);
}

/** `account 123456789012 (profile prod), eu-central-1` */
export const accountText = ({ account, profile, region, endpoint }: Account): string =>
  `account ${account}${profile === undefined ? '' : ` (profile ${profile})`}, ${region}${endpoint === undefined ? '' : `, at ${endpoint}`}`;
