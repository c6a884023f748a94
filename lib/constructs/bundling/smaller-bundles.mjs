/**
 * Leaves out of a bundle what comes with its packages, the AWS SDK above all, and no function uses. Parsing its code is most of a cold start that is ours to
 * shorten: V8 reads every byte of a bundle before the handler exists.
 *
 * The packages are pinned, and a rule that no longer finds what it changes fails the bundling. The local cloud runs each function
 * from its bundle, so the end-to-end tests call every operation in use with what is left.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const STAND_INS = 'lambdas/shared/sdk';

/** Marks an import that was resolved here before, so that it goes on to esbuild's own rules. */
const LOOKED_AT = Symbol('looked at');

/** Whole packages. */
export const ALIASES = {
  '@aws-sdk/credential-provider-node': `./${STAND_INS}/credentials.ts`,
  '@smithy/core/event-streams': `./${STAND_INS}/event-streams.ts`,
  '@aws-sdk/endpoint-cache': `./${STAND_INS}/endpoint-cache.ts`,
};

/** @returns {import('esbuild').Plugin} */
export function smallerBundles() {
  return {
    name: 'smaller-bundles',
    setup(build) {
      const root = build.initialOptions.absWorkingDir;

      build.onLoad({ filter: /[\\/]node-config-provider[\\/]fromSharedConfigFiles\.js$/ }, async () => ({
        contents: await readFile(join(root, STAND_INS, 'shared-config-files.ts'), 'utf8'),
        loader: 'ts',
      }));

      build.onLoad(
        { filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
        async ({ path }) => ({
          contents: withoutUnusedSchemas(await readFile(path, 'utf8'), path),
        }),
      );

      // The clients report their version to AWS and use nothing else of their package.json.
      build.onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path }) => ({
        contents: JSON.stringify({ version: JSON.parse(await readFile(path, 'utf8')).version }),
        loader: 'json',
      }));

      // A schema's parts do nothing but exist, which esbuild cannot know: so a task's bundle kept the schemas of all tasks.
      build.onLoad({ filter: /[\\/]lib[\\/]tasks[\\/][^\\/]+\.ts$/ }, async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replace(/(?<![\w.])z\.\w+\(/g, '/* @__PURE__ */ $&'),
        loader: 'ts',
      }));

      // A user's own code imports a name or two of what declares pipelines, with all of zod behind it.
      build.onResolve({ filter: /[\\/]lib[\\/]pipeline(?:[\\/]|$)/ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === LOOKED_AT) return undefined;
        const found = await build.resolve(path, { ...from, pluginData: LOOKED_AT });
        return found.errors.length > 0 ? found : { ...found, sideEffects: false };
      });
      build.onResolve({ filter: /^\.{1,2}[\\/]/ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === LOOKED_AT || !/[\\/]lib[\\/]pipeline[\\/]/.test(from.importer)) return undefined;
        const found = await build.resolve(path, { ...from, pluginData: LOOKED_AT });
        return found.errors.length > 0 ? found : { ...found, sideEffects: false };
      });

      // middy compares with a class of it to stream a response; loading it takes 1 ms.
      build.onResolve({ filter: /^node:stream\/web$/ }, ({ importer }) =>
        /[\\/]@middy[\\/]core[\\/]/.test(importer) ? { path: join(root, STAND_INS, 'web-streams.ts') } : undefined,
      );

      // For a Node.js without OpenSSL, and for bodies that are a browser's streams.
      const elsewhere =
        /[\\/](Sha256Js|Sha1Js|Md5Js|(sdk-stream-mixin|createChecksumStream|getAwsChunkedEncodingStream|headStream|splitStream)\.browser)\.js$/;
      build.onLoad({ filter: elsewhere }, async ({ path }) => ({
        contents: withoutBodies(await readFile(path, 'utf8'), path),
      }));
    },
  };
}

/**
 * esbuild keeps a schema that nobody uses when it has a computed key (`{ [_hH]: "x-amz-…" }`: computing it might have an effect),
 * and each error's class, which registers itself. So keys become literal, and errors come as the service's base class, with the
 * same `name` and members: the project knows errors by their names.
 */
function withoutUnusedSchemas(code, path) {
  const texts = new Map([...code.matchAll(/^const (\w+) = ("[^"\n]*");$/gm)].map(([, name, text]) => [name, text]));
  const literal = code.replace(/\[(\w+)\]:/g, (key, name) => (texts.has(name) ? `${texts.get(name)}:` : key));
  const registrations = /^n0_registry\.registerError\(.*\);$/gm;
  if (!registrations.test(literal)) throw new Error(`${path} registers no errors any more: look at this rule again.`);
  return literal.replace(registrations, '');
}

function withoutBodies(code, path) {
  const names = [...code.matchAll(/^export (?:const|class|(?:async )?function\*?) (\w+)/gm)].map(([, name]) => name);
  if (names.length === 0) throw new Error(`${path} exports nothing by name any more: look at this rule again.`);
  return names.map((name) => `export const ${name} = undefined;`).join('\n');
}
