/**
 * The public conformance suite of Sigstore clients: a directory whose name ends in `_fail` must be refused, and
 * every other accepted. Runs where ASSAY_CORPUS names the directory that holds `sigstore-conformance/`. An
 * unexpected pass fails.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root as checkout, runAssay } from '../support/run-assay.ts';
import { bundleVerdict } from '../support/bundle-verdict.ts';

/** Unless a file in the case says otherwise. */
const defaults = {
  identity:
    'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main',
  issuer: 'https://token.actions.githubusercontent.com',
};

/** These run as a user would run them, too: by the built command. */
const byCommand = [
  'happy-path-v0.3-new-mediaType',
  'managed-key-and-trusted-root',
  'rekor2-dsse-happy-path',
  'wrong-material_fail',
  'managed-key-no-key_fail',
  'managed-key-wrong-key_fail',
  'trust-root-tlog-missing-validity-start_fail',
  'bundle-malformed-json_fail',
];

function openCase(corpus: string, name: string) {
  const directory = join(corpus, name);
  const own = (file: string) => (existsSync(join(directory, file)) ? join(directory, file) : undefined);
  const text = (file: 'identity' | 'issuer') => {
    const path = own(file);
    return path === undefined ? defaults[file] : readFileSync(path, 'utf8').trim();
  };
  return {
    bundle: join(directory, 'bundle.sigstore.json'),
    artifact: own('artifact') ?? join(corpus, 'a.txt'),
    trustedRoot: own('trusted_root.json') ?? join(checkout, 'trust/sigstore-trusted-root.json'),
    key: own('key.pub'),
    identity: text('identity'),
    issuer: text('issuer'),
  };
}

const corpus = process.env['ASSAY_CORPUS'];

describe.runIf(corpus !== undefined)('sigstore-conformance corpus', () => {
  if (corpus === undefined) {
    console.info('sigstore-conformance corpus skipped: ASSAY_CORPUS not set');
    it('skipped: ASSAY_CORPUS not set', () => undefined);
    return;
  }
  const folder = join(resolve(corpus), 'sigstore-conformance');
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'bundle.sigstore.json')));

  it.each(names)('%s', async (name) => {
    const one = openCase(folder, name);
    const code = await bundleVerdict({
      bundle: readFileSync(one.bundle),
      artifact: readFileSync(one.artifact),
      trustedRoot: readFileSync(one.trustedRoot),
      key: one.key === undefined ? undefined : readFileSync(one.key),
      identity: one.identity,
      issuer: one.issuer,
    });
    if (name.endsWith('_fail')) expect(code).toBeDefined();
    else expect(code).toBeUndefined();
  });

  it.each(byCommand.filter((name) => names.includes(name)))('%s by command', async (name) => {
    const { bundle, artifact, trustedRoot, key, identity, issuer } = openCase(folder, name);
    const signer =
      key === undefined
        ? ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer]
        : ['--key', key];
    const outcome = await runAssay([
      'verify-bundle',
      ...['--bundle', bundle, '--trusted-root', trustedRoot],
      ...signer,
      artifact,
    ]);
    expect(outcome.exitCode, outcome.stderr).toBe(name.endsWith('_fail') ? 5 : 0);
  });
});
