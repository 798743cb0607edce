// A file by a checksum file that OpenPGP keys have signed: node verify-checksums.mts FILE SUMS SIGNATURE KEYRING
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readKeyring, verifyChecksum, verifyContent } from '@podplane/assay/checksums';

const [file = '', sums = '', signature = '', keys = ''] = process.argv.slice(2);
const verified = await verifyChecksum({
  checksums: await readFile(sums),
  name: basename(file),
  signedBy: {
    keyring: await readKeyring([{ name: keys, bytes: await readFile(keys) }]),
    signature: await readFile(signature),
  },
  now: new Date(),
});
// As large as it may be: it is read once, piece by piece.
await verifyContent(verified, createReadStream(file));
console.log(verified.subject.digest, verified.result.assurance);
