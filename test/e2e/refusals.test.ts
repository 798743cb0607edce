/**
 * Every way in which an upstream, a mirror or the project's own files may be wrong: the exit code, the
 * error code, and that not one byte of the manifests changes.
 */
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { generateDebianKeys, writeDebianTrust, type AnchorName } from '../../scripts/upstream/debian.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import { startFaultServer, status, withoutLength } from '../support/fault-server.ts';
import { expectRefused } from '../support/outcomes.ts';
import { enableFluentBit, now, removeSeed, test, type Rehearsal } from '../support/rehearsal.ts';
import { listed, republishIndexes, republishRelease, type SignedSuite } from '../support/republish.ts';
import { runAssay, runProgram, cli, root } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

afterAll(removeSeed);

const main = 'ftp.debian.org/debian/dists/trixie';
const updates = 'ftp.debian.org/debian/dists/trixie-updates';
const security = 'security.debian.org/debian-security/dists/trixie-security';

interface Refusal {
  readonly when: string;
  readonly exitCode: number;
  readonly code: ErrorCode;
  /** Makes it so, and returns further arguments. */
  readonly arrange: (rehearsal: Rehearsal) => Promise<readonly string[]> | readonly string[];
}

/** With the state of an earlier run in place, everything asked for again. */
async function expectNothingChanged(rehearsal: Rehearsal, refused: Refusal): Promise<void> {
  const args = await refused.arrange(rehearsal);
  const before = await snapshot(rehearsal.manifestsDir);
  const outcome = await rehearsal.update(['--refresh', 'all', '--json', ...args]);
  expectRefused(outcome, refused.exitCode, refused.code);
  expect(await snapshot(rehearsal.manifestsDir)).toEqual(before);
}

function refuses(topic: string, cases: readonly Refusal[]): void {
  describe.concurrent(topic, () => {
    for (const one of cases) {
      test(`${one.when}: exit ${one.exitCode}, ${one.code}`, async ({ seeded }) => {
        await expectNothingChanged(seeded, one);
      });
    }
  });
}

function flipBit(file: Buffer, at: number): Buffer {
  const flipped = Buffer.from(file);
  flipped[at] = flipped[at]! ^ 1;
  return flipped;
}

/** Flips a bit of a suite's InRelease, where `near` begins. */
function flipNear(suite: string, near: string) {
  return ({ files }: Rehearsal): readonly string[] => {
    const path = `${suite}/InRelease`;
    const file = files.get(path)!;
    expect(file.includes(near)).toBe(true);
    files.set(path, flipBit(file, file.indexOf(near) + 2));
    return [];
  };
}

/** A suite's signer at work again, a day after what was published before. */
function signed({ files, keys }: Rehearsal, path: string): SignedSuite {
  const anchor: AnchorName = path === security ? 'debian-security' : 'debian-archive';
  return { files, path, key: keys[anchor], signedAt: new Date('2026-11-19T12:00:00Z') };
}

/** Changes what a path and its by-hash names answer, for all indexes of a suite. */
function replaceIndexes(suite: string, edit: (index: Buffer) => Buffer) {
  return ({ files }: Rehearsal): readonly string[] => {
    for (const [path, bytes] of files) {
      if (path.startsWith(`${suite}/main/binary-`)) files.set(path, edit(bytes));
    }
    return [];
  };
}

/** Signs edited indexes of the security suite. */
function publishes(edit: (packages: string) => string) {
  return async (rehearsal: Rehearsal): Promise<readonly string[]> => {
    await republishIndexes(signed(rehearsal, security), edit);
    return [];
  };
}

async function editFile(path: string, edit: (text: string) => string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const edited = edit(text);
  expect(edited).not.toBe(text);
  await writeFile(path, edited);
}

refuses('a mirror that changes', [
  {
    when: 'a digest in an InRelease',
    exitCode: 5,
    code: 'SIGNATURE_INVALID',
    arrange: flipNear(security, ' main/binary-arm64/Packages.xz'),
  },
  {
    when: 'bytes of an index',
    exitCode: 5,
    code: 'DIGEST_MISMATCH',
    arrange: replaceIndexes(main, (index) => flipBit(index, index.length >> 1)),
  },
  {
    when: 'an index by ending it early, cleanly and without a length',
    exitCode: 5,
    code: 'SIZE_MISMATCH',
    arrange: ({ files, server }) => {
      for (const [path, bytes] of files) {
        if (path.startsWith(`${main}/main/`)) server.override(path, withoutLength(bytes.subarray(0, 100)));
      }
      return [];
    },
  },
  {
    when: 'one suite to another of the same signer',
    exitCode: 5,
    code: 'RELEASE_MISMATCH',
    arrange: ({ files }) => {
      files.set(`${main}/InRelease`, files.get(`${updates}/InRelease`)!);
      return [];
    },
  },
  {
    when: 'nothing but the date: it replays an older state',
    exitCode: 5,
    code: 'METADATA_ROLLBACK',
    arrange: async (rehearsal) => {
      await rehearsal.publish({ at: '2026-11-18T12:00:00Z' });
      return [];
    },
  },
]);

refuses('a publisher that signs', [
  {
    when: 'what decompresses to more than the Release lists',
    exitCode: 5,
    code: 'LIMIT_EXCEEDED',
    arrange: async (rehearsal) => {
      await republishRelease(signed(rehearsal, main), (release) =>
        release.replace(listed('main/binary-amd64/Packages'), (line) =>
          line.replace(/ \d+ main/, ' 100 main'),
        ),
      );
      return ['--arch', 'amd64'];
    },
  },
  {
    when: 'a package file outside of the repository',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: publishes((index) => index.replaceAll('Filename: pool', 'Filename: pool/../../other')),
  },
  {
    when: 'other bytes under the same version',
    exitCode: 6,
    code: 'ARTIFACT_MUTATED',
    arrange: publishes((index) => index.replaceAll(/^SHA256: ...../gm, 'SHA256: 00000')),
  },
]);

refuses('the judgement', [
  {
    when: 'after Valid-Until',
    exitCode: 5,
    code: 'METADATA_EXPIRED',
    arrange: () => ['--now', '2026-11-25T12:00:01Z'],
  },
  {
    when: 'by the pins of another key',
    exitCode: 5,
    code: 'SIGNER_UNTRUSTED',
    arrange: async ({ directory }) => {
      const other = join(directory, 'other-trust');
      await writeDebianTrust(other, await generateDebianKeys(new Date(now)));
      return ['--trust-dir', other];
    },
  },
  {
    when: 'by a key file that holds another key',
    exitCode: 5,
    code: 'PIN_MISMATCH',
    arrange: async ({ trustDir, keys }) => {
      await writeFile(join(trustDir, 'debian-security.asc'), keys['debian-archive'].publicKeyArmored);
      return [];
    },
  },
]);

refuses('the project', [
  {
    when: 'without trust',
    exitCode: 2,
    code: 'TRUST_INVALID',
    arrange: ({ directory }) => ['--trust-dir', join(directory, 'nowhere')],
  },
  {
    when: 'with a manifest that does not parse',
    exitCode: 2,
    code: 'MANIFEST_INVALID',
    arrange: async ({ manifestsDir }) => {
      await editFile(join(manifestsDir, 'knc.debian-13.arm64.json'), (text) =>
        text.replace('"size"', '"sise"'),
      );
      return [];
    },
  },
  {
    when: 'with an origin of plain HTTP',
    exitCode: 2,
    code: 'CATALOGUE_INVALID',
    arrange: async (rehearsal) => {
      await rehearsal.editCatalogue(({ sources }) => {
        sources['debian']!.suites[0]!['uri'] = 'http://ftp.debian.org/debian';
      });
      return [];
    },
  },
]);

describe.concurrent('what else is refused', () => {
  test('a field that the catalogue does not know, by file and line', async ({ seeded }) => {
    await editFile(seeded.catalogue, (text) => text.replace(/^( +)(maxAge: .*)$/m, '$1$2\n$1maxAgeDays: 3'));
    const lines = (await readFile(seeded.catalogue, 'utf8')).split('\n');
    const line = lines.findIndex((text) => text.includes('maxAgeDays')) + 1;
    const outcome = await seeded.update(['--json']);
    expectRefused(outcome, 2, 'CATALOGUE_INVALID');
    expect(outcome.stderr).toContain(`catalogue.yaml:${line}:`);
    expect(outcome.stderr).toContain('maxAgeDays');
  });

  test('a redirect from HTTPS to plain HTTP', async ({ seeded }) => {
    const tls = await startFaultServer({ tls: true });
    try {
      const mirrors = ['ftp.debian.org', 'security.debian.org'].flatMap((host) => {
        for (const suite of [main, updates, security]) {
          tls.on(`/${suite}/InRelease`, status(302, { location: `${seeded.server.url}/${suite}/InRelease` }));
        }
        return ['--mirror', `https://${host}=${tls.origin}/${host}`];
      });
      const before = await snapshot(seeded.manifestsDir);
      const env = { NODE_EXTRA_CA_CERTS: join(root, 'test/fixtures/tls/loopback.crt.pem') };
      const outcome = await runAssay([...seeded.updateArgs, ...mirrors, '--json'], { env });
      expectRefused(outcome, 4, 'REDIRECT_REFUSED');
      expect(await snapshot(seeded.manifestsDir)).toEqual(before);
      expect(seeded.server.log).toEqual([]);
    } finally {
      await tls.close();
    }
  });

  test('a directory that cannot be made', async ({ seeded }) => {
    const before = await snapshot(seeded.manifestsDir);
    const link = join(seeded.directory, 'elsewhere');
    await symlink(join(seeded.directory, 'not-there/manifests'), link);
    // A link that leads nowhere: even root cannot make a directory of it.
    expectRefused(await seeded.update(['--json', '--manifests-dir', link]), 2, 'FILE_UNWRITABLE');
    expect(await snapshot(seeded.manifestsDir)).toEqual(before);
  });

  test('a disk that is full half-way: no file is changed, and none is left over', async ({ seeded }) => {
    await seeded.publish({ at: '2026-11-21T12:00:00Z', versions: { libpq5Security: '17.13-0+deb13u1' } });
    const before = await snapshot(seeded.manifestsDir);
    // No file of more than 1 or 2 KiB can be written: the dates and the manifests can, evidence cannot.
    const command = [...seeded.updateArgs, ...seeded.mirrorArgs, '--now', '2026-11-21T12:00:00Z', '--json'];
    const script = 'ulimit -f 2 && exec "$@"';
    const outcome = await runProgram('sh', ['-c', script, 'sh', process.execPath, cli, ...command], {
      env: { NODE_COMPILE_CACHE: '' },
    });
    expectRefused(outcome, 2, 'FILE_UNWRITABLE');
    expect(await snapshot(seeded.manifestsDir)).toEqual(before);
  });

  test('with several failures, by the worst of them', async ({ seeded }) => {
    await enableFluentBit(seeded);
    seeded.files.delete('packages.fluentbit.io/debian/trixie/dists/trixie/InRelease');
    flipNear(main, 'Codename')(seeded);
    const before = await snapshot(seeded.manifestsDir);
    const outcome = await seeded.update(['--json']);
    expectRefused(outcome, 5, 'SIGNATURE_INVALID');
    // Fluent Bit's storage says 403 for what it does not have.
    expectRefused(outcome, 5, 'HTTP_STATUS');
    expect(await snapshot(seeded.manifestsDir)).toEqual(before);
  });

  test('without --json there is nothing on stdout', async ({ seeded }) => {
    const outcome = await seeded.update(['--now', '2027-01-01T00:00:00Z', '--only', 'uidmap']);
    expect(outcome).toMatchObject({ exitCode: 5, stdout: '' });
    expect(outcome.stderr).toContain('nothing was written');
  });
});
