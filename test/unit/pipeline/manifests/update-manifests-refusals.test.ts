/**
 * The main job, in this process: what test/e2e/refusals.test.ts shows for the command, for many more
 * upstreams, and for time-outs, which a command line cannot set.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { cut, refuse, stall, substitute, type Behaviour } from '../../../../scripts/upstream/behaviours.ts';
import { AssayError, type ErrorCode } from '../../../../src/model/errors.ts';
import { impatient } from '../../../support/quick-fetcher.ts';
import { now, removeSeed, test, type Rehearsal } from '../../../support/rehearsal.ts';
import { republishIndexes, republishRelease } from '../../../support/republish.ts';
import { snapshot } from '../../../support/snapshot.ts';
import { updateInProcess, type InProcessOptions } from '../../../support/update-in-process.ts';

afterAll(removeSeed);

const main = 'ftp.debian.org/debian/dists/trixie';
const updates = 'ftp.debian.org/debian/dists/trixie-updates';
const security = 'security.debian.org/debian-security/dists/trixie-security';

interface Refusal {
  readonly when: string;
  readonly exitCode: number;
  readonly code: ErrorCode;
  readonly arrange: (rehearsal: Rehearsal) => unknown;
  readonly options?: InProcessOptions;
}

function refuses(topic: string, cases: readonly Refusal[]): void {
  describe(topic, () => {
    test.for(cases)('$when: $code', async ({ arrange, code, exitCode, options }, { seeded }) => {
      await arrange(seeded);
      const before = await snapshot(seeded.manifestsDir);
      const outcome = await updateInProcess(seeded, options).catch((error: unknown) => {
        if (error instanceof AssayError) return { failures: [{ error }] };
        throw error;
      });
      const found = outcome.failures.map(({ error }) => `${error.exitCode} ${error.code}`);
      expect(new Set(found)).toEqual(new Set([`${exitCode} ${code}`]));
      expect(await snapshot(seeded.manifestsDir)).toEqual(before);
    });
  });
}

/** Makes every index of a suite behave so. */
function indexes(suite: string, behave: (index: Buffer) => Behaviour) {
  return ({ files, server }: Rehearsal): void => {
    for (const [path, bytes] of files) {
      if (path.startsWith(`${suite}/main/binary-`)) server.override(path, behave(bytes));
    }
  };
}

function inRelease(suite: string, behave: (file: Buffer) => Behaviour) {
  return ({ files, server }: Rehearsal): void => {
    const path = `${suite}/InRelease`;
    server.override(path, behave(files.get(path)!));
  };
}

const signedAt = new Date('2026-11-19T12:00:00Z');

/** Signs edited indexes of the security suite, as its publisher could. */
function publishes(edit: (packages: string) => string) {
  return ({ files, keys }: Rehearsal) =>
    republishIndexes({ files, path: security, key: keys['debian-security'], signedAt }, edit);
}

function releases(edit: (release: string) => string) {
  return ({ files, keys }: Rehearsal) =>
    republishRelease({ files, path: security, key: keys['debian-security'], signedAt }, edit);
}

function flip(file: Buffer, at: number): Buffer {
  const flipped = Buffer.from(file);
  flipped[at] = flipped[at]! ^ 4;
  return flipped;
}

refuses('a mirror that sends', [
  {
    when: 'an InRelease with a changed frame',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: inRelease(main, (file) => substitute(flip(file, 3))),
  },
  {
    when: '404 for an InRelease and for Release',
    exitCode: 4,
    code: 'NOT_FOUND',
    arrange({ server }) {
      for (const name of ['InRelease', 'Release']) server.override(`${updates}/${name}`, refuse(404));
    },
  },
  {
    when: '404 for an InRelease, beside a Release that nothing signs',
    exitCode: 5,
    code: 'EVIDENCE_MISSING',
    arrange: inRelease(updates, () => refuse(404)),
  },
  {
    when: 'a changed InRelease of the suite that has nothing we want',
    exitCode: 5,
    code: 'SIGNATURE_INVALID',
    arrange: inRelease(updates, (file) => substitute(flip(file, file.indexOf('Label: ') + 8))),
  },
  {
    when: 'an InRelease of another signer',
    exitCode: 5,
    code: 'SIGNER_UNTRUSTED',
    arrange: ({ files }) => files.set(`${main}/InRelease`, files.get(`${security}/InRelease`)!),
  },
  {
    when: 'a web page',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: inRelease(main, () => substitute(Buffer.from('<html>Please log in</html>'))),
  },
  {
    when: 'an InRelease without its signature',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: inRelease(main, (file) =>
      substitute(file.subarray(0, file.indexOf('-----BEGIN PGP SIGNATURE'))),
    ),
  },
  {
    when: 'the unsigned Release in place of InRelease',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: ({ files }) => files.set(`${main}/InRelease`, files.get(`${main}/Release`)!),
  },
  {
    when: 'an InRelease without end',
    exitCode: 4,
    code: 'TOO_LARGE',
    arrange: inRelease(main, () => substitute(Buffer.alloc((4 << 20) + 1))),
  },
  {
    when: 'an index that is a byte shorter',
    exitCode: 5,
    code: 'SIZE_MISMATCH',
    arrange: indexes(security, (index) => substitute(index.subarray(0, -1))),
  },
  {
    when: 'an index that is a byte longer',
    exitCode: 5,
    code: 'SIZE_MISMATCH',
    arrange: indexes(security, (index) => substitute(Buffer.concat([index, Buffer.of(0)]))),
  },
  {
    when: 'an empty index',
    exitCode: 5,
    code: 'SIZE_MISMATCH',
    arrange: indexes(security, () => substitute(Buffer.alloc(0))),
  },
  {
    when: 'an index of the other architecture',
    exitCode: 5,
    code: 'DIGEST_MISMATCH',
    arrange: ({ files, server }) => {
      const arm64 = files.get(`${security}/main/binary-arm64/Packages.xz`)!;
      // Both have the same size.
      indexes(security, (index) => substitute(index.length === arm64.length ? arm64 : index))({
        files,
        server,
      } as Rehearsal);
    },
  },
  {
    when: '404 for every form of an index',
    exitCode: 4,
    code: 'NOT_FOUND',
    arrange: indexes(security, () => refuse(404)),
  },
  {
    when: '403 for an index: no other form is tried',
    exitCode: 4,
    code: 'HTTP_STATUS',
    arrange: indexes(main, () => refuse(403)),
  },
  {
    when: '503 for ever',
    exitCode: 4,
    code: 'HTTP_STATUS',
    arrange: inRelease(security, () => refuse(503)),
  },
  {
    when: 'half of an index, again and again',
    exitCode: 4,
    code: 'TRUNCATED',
    arrange: indexes(main, (index) => cut(index, index.length >> 1)),
  },
  {
    when: 'half of an InRelease, again and again',
    exitCode: 4,
    code: 'TRUNCATED',
    arrange: inRelease(updates, (file) => cut(file, file.length >> 1)),
  },
  {
    when: 'half of an index, and then nothing',
    exitCode: 4,
    code: 'TIMED_OUT',
    arrange: indexes(main, (index) => stall(index, index.length >> 1)),
    options: { fetcher: { retry: { attempts: 2 }, timeouts: impatient } },
  },
]);

refuses('a publisher that signs', [
  {
    when: 'no SHA256 section',
    exitCode: 5,
    code: 'ALGORITHM_REFUSED',
    arrange: releases((release) => release.replace(/^SHA256:\n(?: .*\n)*/m, 'MD5Sum:\n')),
  },
  {
    when: 'no Date',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: releases((release) => release.replace(/^Date: .*\n/m, '')),
  },
  {
    when: 'a Valid-Until that is no date',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: releases((release) => release.replace(/^Valid-Until: .*$/m, 'Valid-Until: tomorrow')),
  },
  {
    when: 'another label',
    exitCode: 5,
    code: 'RELEASE_MISMATCH',
    arrange: releases((release) => release.replace('Label: Debian-Security', 'Label: Debian')),
  },
  {
    when: 'an architecture less',
    exitCode: 5,
    code: 'EVIDENCE_MISSING',
    // It has binary-all still, which answers for every architecture only where it is alone.
    arrange: releases((release) =>
      release
        .replaceAll(/^.* main\/binary-amd64\/.*\n/gm, '')
        .replaceAll('/binary-arm64/', '/binary-riscv64/'),
    ),
  },
  {
    when: 'an absolute file name',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: publishes((index) => index.replaceAll('Filename: ', 'Filename: /')),
  },
  {
    when: 'a file name with a host',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: publishes((index) => index.replaceAll('Filename: ', 'Filename: //evil.example/')),
  },
  {
    when: 'a file name with encoded dots',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: publishes((index) => index.replaceAll('Filename: pool', 'Filename: pool/%2e%2E')),
  },
  {
    when: 'a package without SHA256',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: publishes((index) => index.replaceAll(/^SHA256: .*\n/gm, '')),
  },
  {
    when: 'a package of no size',
    exitCode: 5,
    code: 'EVIDENCE_MALFORMED',
    arrange: publishes((index) => index.replaceAll(/^Size: .*$/gm, 'Size: 0')),
  },
  {
    when: 'one version with two digests',
    exitCode: 5,
    code: 'SUBJECT_MISMATCH',
    arrange: publishes((index) => `${index}\n${index.replaceAll(/^SHA256: ...../gm, 'SHA256: 00000')}`),
  },
]);

refuses('the judgement', [
  {
    when: 'before Date',
    exitCode: 5,
    code: 'METADATA_FROM_FUTURE',
    arrange: () => undefined,
    options: { now: '2026-11-19T11:59:49Z' },
  },
  {
    when: "beyond the catalogue's maxAge",
    exitCode: 5,
    code: 'METADATA_EXPIRED',
    arrange: (rehearsal) =>
      rehearsal.editCatalogue(({ sources }) => {
        sources['debian']!.suites[0]!['maxAge'] = '68d';
      }),
  },
  {
    when: 'by a suite that is older than the one before, of all of them',
    exitCode: 5,
    code: 'METADATA_ROLLBACK',
    arrange: (rehearsal) => rehearsal.publish({ at: '2026-11-20T11:59:59Z' }),
  },
  {
    when: 'where nothing is newer than an older version',
    exitCode: 6,
    code: 'VERSION_DOWNGRADED',
    arrange: (rehearsal) => rehearsal.publish({ at: now, versions: { shadow: '1:4.17.4-1' } }),
  },
]);

refuses('the project', [
  {
    when: 'with a key file that holds another key as well',
    exitCode: 5,
    code: 'PIN_MISMATCH',
    arrange: async ({ trustDir, keys }) => {
      const both = `${keys['debian-security'].publicKeyArmored}\n${keys['fluent-bit'].publicKeyArmored}`;
      await writeFile(join(trustDir, 'debian-security.asc'), both);
    },
  },
  {
    when: 'without a key file, and other keys where they are published',
    exitCode: 5,
    code: 'PIN_MISMATCH',
    arrange: async ({ trustDir, server, keys }) => {
      await rm(join(trustDir, 'debian-security.asc'));
      const { publicKeyArmored } = keys['debian-archive'];
      server.override(
        'ftp-master.debian.org/keys/archive-key-13-security.asc',
        substitute(Buffer.from(publicKeyArmored)),
      );
    },
  },
  {
    when: 'with an anchor outside of its scope',
    exitCode: 5,
    code: 'SIGNER_UNTRUSTED',
    arrange: (rehearsal) =>
      rehearsal.editCatalogue(({ sources }) => {
        sources['debian']!.suites[2]!['signedBy'] = 'debian-archive';
      }),
  },
  {
    when: 'with an anchor that is not pinned',
    exitCode: 2,
    code: 'TRUST_INVALID',
    arrange: (rehearsal) =>
      rehearsal.editCatalogue(({ sources }) => {
        sources['debian']!.suites[2]!['signedBy'] = 'nobody';
      }),
  },
  {
    when: 'with evidence that does not parse',
    exitCode: 2,
    code: 'STATE_INVALID',
    arrange: ({ manifestsDir }) =>
      writeFile(join(manifestsDir, 'evidence/metadata-dates.json'), '{"version":2}'),
  },
  {
    when: 'asked for an entry that nobody knows',
    exitCode: 2,
    code: 'USAGE',
    arrange: () => undefined,
    options: { filters: { only: ['libpq5', 'libqp5'] } },
  },
]);
