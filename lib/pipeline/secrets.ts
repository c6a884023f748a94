/** Secrets that stand in a definition as text. What is declared is committed, and shown in the console of Step Functions. */

const SECRETS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['an AWS access key', /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a password in a URL', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@']+:[^\s/@']+@/i],
  [
    'a password',
    /\b(password|passwd|pwd|secret_access_key|aws_secret_access_key|api_?key|auth_?token)\b\s*(=>?|:)\s*'[^']+'/i,
  ],
  ['the address of a webhook', /\bhttps:\/\/hooks\.slack\.com\/(services|workflows|triggers)\/\S+/],
  ['a token', /\b(ghp_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,})/],
];

/** What kind of secret a text holds; undefined for none. */
export function secretIn(text: string): string | undefined {
  return SECRETS.find(([, pattern]) => pattern.test(text))?.[0];
}

export const SECRET_RULE = 'what is declared here is committed and shown in the console';
export const SECRET_REMEDY = 'Take it out, revoke it, and keep it in Secrets Manager.';
