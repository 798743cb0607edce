// The files of manifests into a tree that any static server can publish: node mirror.mts DIRECTORY MANIFEST… [ORIGIN=URL…]
import { readFile } from 'node:fs/promises';
import { createFetcher } from '@podplane/assay/network';
import { mirror, openMirrorTree } from '@podplane/assay/stage';

const [place = '', ...others] = process.argv.slice(2);
const fetcher = createFetcher({
  mirrors: others.flatMap((text) => {
    const [origin = '', url] = text.split('=');
    return url === undefined ? [] : [{ origin, url }];
  }),
});
const names = others.filter((text) => !text.includes('='));
const tree = await openMirrorTree(place);
try {
  const { files, manifests, failures } = await mirror({
    manifests: await Promise.all(names.map(async (file) => ({ file, bytes: await readFile(file) }))),
    tree,
    fetcher,
  });
  console.log(`${files.length} files`);
  // A manifest is published last, and only with all of its files.
  for (const { path, status } of manifests) console.log(status, path);
  process.exitCode = Math.max(0, ...failures.map(({ error }) => error.exitCode));
} finally {
  await Promise.all([tree.close(), fetcher.close()]);
}
