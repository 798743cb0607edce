/** The cases of sigstore-conformance (`test/assets/bundle-verify`), by the built command: once by the file, once by its digest. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runBuilt } from '../interruption/built-command.ts';
import type { Verdict } from './tally.ts';

const workflow = 'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon';
const beacon = {
  identity: `${workflow}/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main`,
  issuer: 'https://token.actions.githubusercontent.com',
};

/** `checkout`: of the repository sigstore/sigstore-conformance. */
export async function* sigstoreVerdicts(checkout: string): AsyncGenerator<Verdict> {
  const folder = join(checkout, 'test/assets/bundle-verify');
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of names.sort()) {
    const own = (file: string) => {
      const path = join(folder, name, file);
      return existsSync(path) ? path : undefined;
    };
    const word = async (file: string) => {
      const path = own(file);
      return path === undefined ? undefined : (await readFile(path, 'utf8')).trim();
    };
    const [key, root] = [own('key.pub'), own('trusted_root.json')];
    const signer =
      key === undefined
        ? [
            ...['--certificate-identity', (await word('identity')) ?? beacon.identity],
            ...['--certificate-oidc-issuer', (await word('issuer')) ?? beacon.issuer],
          ]
        : ['--key', key];
    const artifact = own('artifact') ?? join(folder, 'a.txt');
    const digest = `sha256:${createHash('sha256')
      .update(await readFile(artifact))
      .digest('hex')}`;
    for (const subject of [artifact, digest]) {
      // From a folder without pins: the roots of the release count.
      const { exitCode, stderr } = await runBuilt('/', [
        ...['verify-bundle', '--bundle', join(folder, name, 'bundle.sigstore.json'), ...signer],
        ...(root === undefined ? [] : ['--trusted-root', root]),
        subject,
      ]);
      const how = subject === digest ? 'digest' : 'file';
      const isRefused = name.endsWith('_fail');
      // To be refused is no bug (1) and no failure of the network.
      const isAsWanted = isRefused ? exitCode === 5 || exitCode === 2 : exitCode === 0;
      const wanted = isRefused ? 'refused with exit code 5 or 2' : 'accepted';
      const said = `to be ${wanted}, ends with ${String(exitCode)}\n${stderr}`;
      yield { name: `${name} (${how})`, isAsWanted, said };
    }
  }
}
