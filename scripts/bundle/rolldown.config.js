/**
 * The command line with its packages, in a few files of which each command loads its own: a third of the time to start,
 * which is most of the time that a short command takes (docs/benchmarks.md). Names are kept for stack traces.
 *
 * CommonJS: files are read one after another without a promise for each, and Node's own modules are not asked for all
 * that they export, which would make `crypto` and `process` load what nobody uses.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** commander starts commands that are programs of their own; here there are none, and loading that takes 8 ms. */
const noPrograms = {
  name: 'no-programs',
  /** @param {string} id @param {string | undefined} importer */
  resolveId: (id, importer = '') =>
    id === 'node:child_process' && importer.includes('/node_modules/commander/') ? '\0no-programs' : null,
  /** @param {string} id */
  load: (id) => (id === '\0no-programs' ? 'export default {};' : null),
};

/**
 * What is written otherwise in openpgp, and how often it occurs.
 * @type {readonly (readonly [from: string, to: string, times: number])[]}
 */
const openpgpChanges = [
  // A browser has no `require`, which is how it finds the modules of Node.
  ['const createRequire = () => () => {};', "import { createRequire } from 'node:module';", 1],
  ['nodeRequire: createRequire(),', 'nodeRequire: createRequire(import.meta.url),', 1],
  // Tables of AES, 1.3 MB of them, which nobody asks for where nothing is encrypted: a fifteenth of `verify-release`.
  ['= /* @__PURE__ */ genTtable(', '= /* @__PURE__ */ tablesWhenUsed(', 2],
  // An RSA signature is verified at once: WebCrypto would load modules and start threads for it. What throws, as of a key
  // that OpenSSL does not take, is judged by openpgp's own arithmetic in either case.
  [
    'return await webVerify$1(enums.read(enums.webHash, hashAlgo), data, s, n, e);',
    "return util.getNodeCrypto().verify(enums.read(enums.webHash, hashAlgo), data, { key: publicToJWK(n, e), format: 'jwk' }, s);",
    1,
  ],
];

/**
 * openpgp in its parts: of the same source as its build for Node, which has everything in one file, and computes tables
 * of curves and ciphers whenever it is read: a sixth of `verify-release`. They are loaded when somebody has such a key.
 */
const openpgpInParts = {
  name: 'openpgp-in-parts',
  /** @param {string} code @param {string} id */
  transform: (code, id) => {
    if (!id.endsWith('/openpgp/dist/lightweight/openpgp.mjs')) return null;
    let changed = code;
    for (const [from, to, times] of openpgpChanges) {
      if (code.split(from).length !== times + 1) throw new Error(`${id}: is not as expected`);
      changed = changed.replaceAll(from, () => to);
    }
    return `${changed}
function tablesWhenUsed(...given) {
  let made;
  return new Proxy({}, { get: (_, name) => (made ??= genTtable(...given))[name] });
}
`;
  },
};

/**
 * Sigstore's packages in the parts that are called: of some sixty modules, each of which asks for its own before anything
 * else, that is a third. A module is asked for where something of it is used.
 */
const sigstoreInParts = {
  name: 'sigstore-in-parts',
  /** @param {string} code @param {string} id */
  transform: (code, id) => {
    if (!/\/node_modules\/@sigstore\/(?:bundle|core|protobuf-specs|verify)\/dist\//.test(id)) return null;
    /** @type {Map<string, string>} */
    const modules = new Map();
    const later = code
      .replace(/^(?:const|var) (\w+) = (?:__importStar\()?require\("([^"]+)"\)\)?;$/gm, (_, name, path) => {
        modules.set(name, path);
        return '';
      })
      .replace(/^exports\.(\w+) = __importStar\(require\("([^"]+)"\)\);$/gm, (_, name, path) =>
        exported(name, `require("${path}")`),
      )
      .replace(/^__exportStar\(require\("([^"]+)"\), exports\);$/gm, (_, path) =>
        namesIn(join(dirname(id), `${path}.js`))
          .map((name) => exported(name, `require("${path}").${name}`))
          .join('\n'),
      );
    const made = later.replace(/(?<![\w.])(\w+)(?=\.)/g, (name) => {
      const path = modules.get(name);
      // In parentheses for `new`.
      return path === undefined ? name : `(require("${path}"))`;
    });
    // A module that is handed on as a whole would be so by a name that nothing has any more.
    const isLeft = [...modules.keys()].some(
      (name) => name.endsWith('_1') && RegExp(`\\b${name}\\b`).test(made),
    );
    if (isLeft) throw new Error(`${id}: is not as expected`);
    return made;
  },
};

/** @param {string} name @param {string} value */
const exported = (name, value) =>
  `Object.defineProperty(exports, "${name}", { enumerable: true, get: () => ${value} });`;

/** @param {string} path */
const namesIn = (path) => [
  ...new Set([...readFileSync(path, 'utf8').matchAll(/\bexports\.(\w+) = /g)].map(([, name]) => name)),
];

/** What undici loads, or has at hand, for those who ask for it: HTTP/2, SOCKS, forms as bodies. Nobody does here. */
const unusedUndici = /\/undici\/lib\/(?:dispatcher\/(?:client-h2|socks5-proxy-agent)|web\/.*)\.js$/;
/**
 * Node's modules of which undici takes next to nothing, in place of 14 ms at every start that reaches a network: of `http`
 * a limit that `dispatcher.ts` sets itself, and the class of a stream that nobody gives it; of `assert` the function.
 */
const littleOf = new Map([
  ['node:http', 'module.exports = { maxHeaderSize: 16384, IncomingMessage: class {} };'],
  [
    'node:assert',
    "module.exports = (holds, message) => { if (!holds) throw message instanceof Error ? message : new Error(message ?? 'an assertion of undici does not hold'); };",
  ],
]);
const lessUndici = {
  name: 'less-undici',
  /** @param {string} id @param {string | undefined} importer */
  resolveId: (id, importer = '') =>
    littleOf.has(id) && importer.includes('/node_modules/undici/') ? `\0little-of-${id}` : null,
  /** @param {string} id */
  load: (id) =>
    unusedUndici.test(id) ? 'module.exports = {};' : (littleOf.get(id.replace(/^\0little-of-/, '')) ?? null),
};

/**
 * Changes a file of the bundle when it is made.
 * @param {string} name
 * @param {(code: string, fileName: string) => string} change
 */
const afterwards = (name, change) => ({
  name,
  /** @param {unknown} _ @param {import('rolldown').OutputBundle} bundle */
  generateBundle: (_, bundle) => {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = change(file.code, file.fileName);
    }
  },
});

/** The bundler's own functions are loaded by every file, also where none is used: as by `--version`, for a twentieth more. */
const noUnusedRuntime = afterwards('no-unused-runtime', (code) =>
  code.replace(/(?<=^|[,;])require\("\.\/chunk-rolldown-runtime\.cjs"\)(?=[,;])/, '0'),
);

/**
 * A module as a function is compiled when it is called, as any other: in parentheses, as the bundler writes it, V8 does so
 * at once, and keeps the code of those that nobody asks for.
 */
const modulesWhenCalled = afterwards('modules-when-called', (code) =>
  code.replace(/(?<=\.t\(\()(?=(?:\w+|\([\w,]*\))=>\{)/g, '0,'),
);

/**
 * Node's own modules. What is read when it is asked for, and most commands never call, is asked for when something of it
 * is used; and of what is imported as a default nothing is copied, which would ask for all that it exports.
 */
const later = /^(?:child_process|fs\/promises|timers\/promises|os|vm|worker_threads|zlib)$/;
const ownModules = /(?<=[ ,;])([\w$]+)=require\([`"]node:([\w/]+)[`"]\)(?:;\1=([\w$]+)\.i\(\1,1\))?(?=[,;])/g;
const modulesAsUsed = afterwards('modules-as-used', (whole, fileName) =>
  whole.replace(ownModules, (code, name, id, runtime) => {
    if (runtime !== undefined)
      return `${name}=require("node:${id}");${name}={__proto__:${name},default:${name}}`;
    if (!later.test(id)) return code;
    // A copy is made of what is there at once, which is nothing.
    if (whole.includes(`.i(${name},1)`)) throw new Error(`${fileName}: all of node:${id}`);
    return `${name}=new Proxy({},{get:(_,name)=>require("node:${id}")[name]})`;
  }),
);

/** @type {import('rolldown').RolldownOptions} */
export default {
  platform: 'node',
  resolve: {
    alias: {
      undici$: fileURLToPath(import.meta.resolve('./undici.js')),
      openpgp$: fileURLToPath(new URL('../lightweight/openpgp.mjs', import.meta.resolve('openpgp'))),
    },
  },
  // As undici is built for Node itself: without its second parser of HTTP, which is 190 kB of code that nobody runs.
  transform: { define: { esbuildDetection: 'true' } },
  // A constant is no reason for a file more.
  optimization: { inlineConst: true },
  plugins: [
    noPrograms,
    openpgpInParts,
    sigstoreInParts,
    lessUndici,
    noUnusedRuntime,
    modulesWhenCalled,
    modulesAsUsed,
  ],
  output: {
    format: 'cjs',
    minify: true,
    keepNames: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: ({ name }) => `chunk-${name.replaceAll('_', '-')}.cjs`,
    // One character that is none makes V8 keep a whole file at two bytes a character.
    charset: 'ascii',
  },
};
