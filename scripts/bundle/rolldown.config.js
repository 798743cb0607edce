/**
 * The command line with its packages, in a few files of which each command loads its own: a third of the time to start,
 * which is most of the time that a short command takes (docs/benchmarks.md). Names are kept for stack traces.
 *
 * CommonJS: files are read one after another without a promise for each, and Node's own modules are not asked for all
 * that they export, which would make `crypto` and `process` load what nobody uses.
 */
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

/** @type {import('rolldown').RolldownOptions} */
export default {
  platform: 'node',
  resolve: { alias: { undici$: fileURLToPath(import.meta.resolve('./undici.js')) } },
  plugins: [noPrograms],
  output: {
    format: 'cjs',
    minify: true,
    keepNames: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunk-[name].cjs',
    // One character that is none makes V8 keep a whole file at two bytes a character.
    charset: 'ascii',
  },
};
