// Why the entries of a manifest are believed, judged again from what was kept, by nobody asked:
// node explain.mts MANIFEST TRUST [NAME…]
import { renderChain } from '@podplane/assay/render';
import { createFileStore, explain } from '@podplane/assay/resolve';

const [manifest = '', trustDir = '', ...names] = process.argv.slice(2);
const explained = await explain({
  files: createFileStore(),
  manifest,
  trustDir,
  now: new Date(),
  ...(names.length === 0 ? {} : { names }),
});
for (const { name, verdict, chain, refusal } of explained) {
  console.log(`${name}: ${verdict}`);
  if (refusal !== undefined) process.exitCode = refusal.exitCode;
  if (chain !== undefined) for (const { text } of renderChain(chain, 80)) console.log(text);
}
