// The files of a manifest into a directory, and then what stands there: node stage.mts MANIFEST DIRECTORY [MIRROR]
import { readFile } from 'node:fs/promises';
import { createFetcher } from '@podplane/assay/network';
import { createStagingDirectory, openStagedFiles, stage, verifyStaged } from '@podplane/assay/stage';

const [file = '', place = '', base] = process.argv.slice(2);
const manifest = await readFile(file);
const fetcher = createFetcher({});
const directory = await createStagingDirectory(place);
try {
  const { staged, failures } = await stage({
    manifest,
    directory,
    fetcher,
    // As `assay mirror` lays it out. It is believed for nothing.
    ...(base === undefined ? {} : { mirror: { url: base, fallsBack: false } }),
  });
  console.log(`${staged.length} files are right`);
  for (const { item, error } of failures) console.error(item.name, error.code, error.message);
  process.exitCode = Math.max(0, ...failures.map(({ error }) => error.exitCode));
} finally {
  await Promise.all([directory.close(), fetcher.close()]);
}
const there = await openStagedFiles(place);
for (const { name, status } of await verifyStaged(manifest, there)) console.log(status, name);
await there.close();
