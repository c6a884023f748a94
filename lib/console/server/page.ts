/** The one HTML document. What the page shows comes by the API. */
import type { Bundle } from './bundle';
import type { Context } from './route';

/** No inline script or style, nothing from elsewhere, no frame; and no string ever becomes HTML. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export type Theme = 'light' | 'dark' | 'system';

export interface DocumentOptions {
  readonly theme: Theme;
  readonly pathname: string;
  readonly context: Pick<Context, 'readOnly' | 'connection'>;
}

/** The theme stands in the document, so that the first paint has it already; as does whether there is anything that can be done. */
export const documentOf = ({ entry }: Bundle, { theme, pathname, context }: DocumentOptions): string => `<!doctype html>
<html lang="en" data-theme="${theme}" data-target="${context.connection.target.kind}" data-acts="${context.readOnly ? 'none' : 'all'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme === 'system' ? 'light dark' : theme}">
<title>Stepwell</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="${entry.style}">
${[...entry.imports, ...(pathname === '/' ? entry.overview : [])].map((file) => `<link rel="modulepreload" href="${file}">\n`).join('')}<script type="module" src="${entry.script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The console needs JavaScript.</noscript>
</body>
</html>
`;

/** For whoever has no cookie: nothing of ours is in it. The link makes a navigation of our own, with the cookie, of one from elsewhere. */
export const signedOutDocument = (): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stepwell: not signed in</title>
</head>
<body>
<main>
<h1>This browser is not signed in</h1>
<p>Open the address that the console printed in the terminal when it was started: it holds a token.</p>
<p>You came by a link, and are signed in? <a href="">Go on</a>.</p>
</main>
</body>
</html>
`;

/** A step well, seen from above. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0b5fa5"/><path d="M6 6h20v4H10v16H6zM12 12h14v4H16v10h-4zM18 18h8v8h-8z" fill="#fff"/></svg>`;
