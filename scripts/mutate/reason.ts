/** Whether a mutant is one of those that change nothing that could be noticed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Equivalent } from './equivalent.ts';
import { anchors } from './equivalents/anchors.ts';
import { apt } from './equivalents/apt.ts';
import { der } from './equivalents/der.ts';
import { image } from './equivalents/image.ts';
import { methods } from './equivalents/methods.ts';
import { openpgpKeys } from './equivalents/openpgp-keys.ts';
import { openpgp } from './equivalents/openpgp.ts';
import { sigstoreFiles } from './equivalents/sigstore-files.ts';
import { sigstore } from './equivalents/sigstore.ts';
import { tuf } from './equivalents/tuf.ts';
import { x509 } from './equivalents/x509.ts';
import type { Mutant } from './mutants.ts';

const root = join(import.meta.dirname, '../..');

const equivalents: readonly Equivalent[] = [
  ...anchors,
  ...apt,
  ...der,
  ...image,
  ...methods,
  ...openpgp,
  ...openpgpKeys,
  ...sigstore,
  ...sigstoreFiles,
  ...tuf,
  ...x509,
];

export function reasonFor({ file, line, original, replacement }: Mutant): string | undefined {
  const text = readFileSync(join(root, file), 'utf8').split('\n')[line - 1]?.trim() ?? '';
  return equivalents.find(
    (one) =>
      one.file === file &&
      text.startsWith(one.line) &&
      one.changes.some(([from, ...to]) => from === original && to.includes(replacement)),
  )?.reason;
}
