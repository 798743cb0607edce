/**
 * The command line with its packages, in a few files of which each command loads its own: a third of the time to start,
 * which is most of the time that a short command takes (docs/benchmarks.md). Names are kept for stack traces.
 */
import { fileURLToPath } from 'node:url';

/** @type {import('rolldown').RolldownOptions} */
export default {
  platform: 'node',
  resolve: { alias: { undici$: fileURLToPath(import.meta.resolve('./undici.js')) } },
  output: {
    format: 'esm',
    minify: true,
    keepNames: true,
    chunkFileNames: 'chunk-[name].js',
    // One character that is none makes V8 keep a whole file at two bytes a character.
    charset: 'ascii',
  },
};
