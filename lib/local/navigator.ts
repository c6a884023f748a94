/**
 * Node.js has `navigator` from version 21 on. Where there is none, `pg` makes a Response to find out whether it runs at Cloudflare, and Node.js
 * loads its HTTP client for that: 60 ms and 6 MB.
 */
if (!('navigator' in globalThis)) {
  const [major] = process.versions.node.split('.');
  Object.defineProperty(globalThis, 'navigator', { value: { userAgent: `Node.js/${major}` }, configurable: true });
}
