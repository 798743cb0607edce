// The signature over a suite's Release, and what was signed: node verify-release.mts INRELEASE KEYRING SUITE
import { readFile } from 'node:fs/promises';
import { AssayError, readKeyring, verifyRelease } from '@podplane/assay/apt';

const [inRelease = '', keys = '', suite = ''] = process.argv.slice(2);
try {
  const { subject, result } = await verifyRelease({
    release: await readFile(inRelease),
    expected: { suite },
    keyring: await readKeyring([{ name: keys, bytes: await readFile(keys) }]),
    now: new Date(),
  });
  console.log(`${subject.origin ?? suite}, ${subject.files.size} files, signed by`, result.signers);
} catch (error) {
  // Decide by class and code; what a message says is for people.
  if (!(error instanceof AssayError)) throw error;
  console.error(JSON.stringify(error, undefined, 2));
  process.exitCode = error.exitCode;
}
