// A catalogue into manifests, each entry with its proof: node resolve.mts CATALOGUE TRUST [ORIGIN=URL…]
import { createFetcher } from '@podplane/assay/network';
import { createFileStore, resolve } from '@podplane/assay/resolve';

const [catalogue = '', trustDir = '', ...mirrors] = process.argv.slice(2);
const fetcher = createFetcher({
  mirrors: mirrors.map((text) => {
    const [origin = '', url = ''] = text.split('=');
    return { origin, url };
  }),
});
try {
  const { manifests, failures } = await resolve({
    files: createFileStore(),
    catalogue,
    trustDir,
    fetcher,
    now: new Date(),
  });
  for (const { fileName, status } of manifests) console.log(fileName, status);
  // What was refused is in no manifest; the others are written all the same if they need nothing of it.
  for (const { name, error } of failures) console.error(name, error.code, error.message);
  process.exitCode = Math.max(0, ...failures.map(({ error }) => error.exitCode));
} finally {
  await fetcher.close();
}
