// A package of an apt repository, from the Release's signature down to the bytes of the .deb:
// node verify-package.mts KEYRING PACKAGE [ORIGIN=URL]
import { readFile, writeFile } from 'node:fs/promises';
import { readKeyring, verifyContent, verifyPackage } from '@podplane/assay/apt';
import { createFetcher } from '@podplane/assay/network';

const [keys = '', name = '', mirror] = process.argv.slice(2);
const [origin = '', url = ''] = mirror?.split('=') ?? [];
// A mirror is only another place to fetch from: what it serves is judged as the origin's.
const fetcher = createFetcher({ mirrors: mirror === undefined ? [] : [{ origin, url }] });
try {
  const verified = await verifyPackage({
    repository: 'https://ftp.debian.org/debian',
    suite: 'trixie',
    components: ['main'],
    architecture: 'amd64',
    package: name,
    keyring: await readKeyring([{ name: keys, bytes: await readFile(keys) }]),
    now: new Date(),
    fetcher,
  });
  const { subject } = verified;
  const { bytes } = await fetcher.get({ url: subject.url, maxBytes: subject.sizeBytes });
  // Throws unless these are the bytes that were vouched for: nothing is written before that.
  await verifyContent(verified, bytes);
  await writeFile(`${name}.deb`, bytes);
  console.log(`${name} ${subject.version}`, subject.digest);
} finally {
  await fetcher.close();
}
