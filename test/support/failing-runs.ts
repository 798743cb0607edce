/** Of each command a run that has something to say and that does not end well, without network. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directory = mkdtempSync(join(tmpdir(), 'assay-failing-'));
// Not after the tests of the first file that asks: others in the same process ask, too.
process.once('exit', () => {
  rmSync(directory, { recursive: true, force: true });
});

export function file(name: string, content: string): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

export const now = ['--now', '2026-11-20T12:00:00Z'];
export const inRelease = 'test/fixtures/debian/dists/trixie-updates/InRelease';
const sums = file('SUMS', `${'0'.repeat(64)}  SUMS\n`);
const bundle = file('bundle.json', '{}');
export const manifest = join('test/fixtures/golden', 'knd.debian-13.amd64.json');
const signer = ['--certificate-identity', 'a@b.example', '--certificate-oidc-issuer', 'https://i.example'];
const someDigest = `sha256:${'0'.repeat(64)}`;

/** By the command's name. Paths are relative to the checkout. */
export const failingRuns: Readonly<Record<string, { exitCode: number; args: readonly string[] }>> = {
  'update-manifests': { exitCode: 2, args: ['--catalogue', 'no-such-file'] },
  'update-trust': { exitCode: 2, args: ['--trust-dir', 'no-such-directory'] },
  stage: { exitCode: 2, args: [manifest, '--only', 'no-such-entry'] },
  mirror: { exitCode: 2, args: ['no-such-file', '--dir', directory] },
  push: { exitCode: 2, args: ['no-such-file', '127.0.0.1:9/vmconfig'] },
  add: { exitCode: 2, args: ['github:owner/tool', '--catalogue', 'no-such-file'] },
  trust: {
    exitCode: 2,
    args: [
      ...['add', 'tool', 'no-such-file', '--scope', 'https://tool.example', '--fingerprint', '0'.repeat(40)],
      ...['--trust-dir', 'trust'],
    ],
  },
  init: { exitCode: 2, args: [directory, '--from', 'no-such-directory'] },
  import: { exitCode: 2, args: ['aqua', 'no-such-file', '--dry-run'] },
  package: {
    exitCode: 2,
    args: ['--kind', 'knd', '--arch', 'amd64', '--tree', 't', '--version', '1', '--out', 'o'],
  },
  verify: { exitCode: 5, args: ['--staged', directory, manifest] },
  diff: { exitCode: 2, args: ['no-such-file', 'no-such-file'] },
  sbom: { exitCode: 2, args: ['no-such-file'] },
  attest: { exitCode: 2, args: ['no-such-file'] },
  'fetch-evidence': { exitCode: 2, args: ['no-such-file', '--evidence-store', directory] },
  explain: { exitCode: 2, args: [manifest, 'no-such-entry'] },
  report: { exitCode: 2, args: ['no-such-file', '--out', join(directory, 'report.html')] },
  render: { exitCode: 2, args: ['install-plan', 'no-such-file'] },
  'verify-release': { exitCode: 5, args: [inRelease, '--keyring', 'trust/runc.asc', ...now] },
  'verify-keys': { exitCode: 5, args: ['trust/runc.asc', '--pin', '0'.repeat(40), ...now] },
  'verify-bundle': { exitCode: 5, args: [someDigest, '--bundle', bundle, ...signer] },
  'verify-blob': {
    exitCode: 5,
    args: [someDigest, '--signature', bundle, '--certificate', bundle, '--rekor-entry', bundle, ...signer],
  },
  'verify-checksums': { exitCode: 5, args: ['--checksums', sums, sums] },
  'fetch-deb': {
    exitCode: 2,
    args: [
      ...['--repo', 'https://deb.example', '--suite', 's', '--component', 'main', '--arch', 'amd64'],
      ...['--package', 'p', '--keyring', 'no-such-file', '--mirror', 'nonsense'],
    ],
  },
  doctor: { exitCode: 2, args: ['--offline', '--trust-dir', 'no-such-directory'] },
  completion: { exitCode: 2, args: ['no-such-shell'] },
  man: { exitCode: 2, args: ['no-such-command'] },
  help: { exitCode: 2, args: ['no-such-command'] },
};
