#!/usr/bin/env node
/**
 * The command line's entry, and the only user of the global `process`.
 *
 * It looks at Node's version before anything else is loaded: an older Node cannot read the rest, and would say so by a
 * SyntaxError. So nothing is imported statically, and the words are those that Node 12 knows.
 */

// As package.json's "engines": a test compares them.
const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number);
const isSupported =
  major >= 26 ||
  (major === 24 && minor >= 15) ||
  (major === 22 && (minor > 22 || (minor === 22 && patch >= 2)));

if (isSupported) {
  void import('./main.ts').then(({ main }) => main(process));
} else {
  process.stderr.write(
    'error: assay needs Node 26 or later, 24 from 24.15 on, or 22 from 22.22.2 on; ' +
      `this is Node ${process.versions.node}\n` +
      '  Install one of them (https://nodejs.org/); in a checkout, scripts/assay does it.\n',
  );
  process.exitCode = 2;
}
