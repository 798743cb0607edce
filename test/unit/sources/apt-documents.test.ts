/** The documents of one suite, over loopback: what is fetched, in which order, and when it is fetched again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aptlyForms,
  buildAptRepository,
  debianForms,
  debianUpdatesForms,
  type SuiteSpec,
  type UpstreamFiles,
} from '../../../scripts/upstream/apt-repository.ts';
import { atFirst, refuse, substitute, type Behaviour } from '../../../scripts/upstream/behaviours.ts';
import type { PackageSpec } from '../../../scripts/upstream/deb-package.ts';
import { createLine } from '../../../scripts/upstream/line.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../scripts/upstream/server.ts';
import { generateSigningKey, type SigningKey } from '../../../scripts/upstream/signing-key.ts';
import { createCache } from '../../../src/io/cache.ts';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import { TransportError, VerificationError } from '../../../src/model/errors.ts';
import type { DocumentStore } from '../../../src/model/need.ts';
import type { Reporter } from '../../../src/model/ports.ts';
import type { EvidenceDocument } from '../../../src/model/verification.ts';
import { Gathering } from '../../../src/sources/gather.ts';
import { UpstreamStore } from '../../../src/sources/upstream-store.ts';
import { contentDigests, isAskedAgain, signedRelease } from '../../../src/verify/apt/suite.ts';
import { apt } from '../../../src/verify/methods/apt.ts';
import { readKeyring, type Keyring } from '../../../src/verify/openpgp/keyring.ts';
import { quickFetcher, type QuickFetcher } from '../../support/quick-fetcher.ts';
import { refusal } from '../../support/refusals.ts';
import { silentReporter } from '../../support/silent-reporter.ts';
import { trusting } from '../../support/trusting.ts';

const now = new Date('2026-11-20T12:00:00Z');
const root = 'example.org/repo';
const suitePath = `${root}/dists/stable`;
const index = `${suitePath}/main/binary-amd64/Packages`;
/** It stands for every kind of .xz that is sound, and that the decoder does not know. */
const unreadable = Buffer.from('no xz that assay knows');

let key: SigningKey;
let keyring: Keyring;
let files: UpstreamFiles;
let server: UpstreamServer;
let fetcher: QuickFetcher;
let cacheDir: string;

beforeAll(async () => {
  key = await generateSigningKey({ owner: 'Publisher', createdAt: new Date('2025-01-01T00:00:00Z') });
  keyring = await readKeyring([{ name: 'keys.asc', bytes: Buffer.from(key.publicKeyArmored) }]);
});

beforeEach(async () => {
  files = new Map();
  server = await startUpstreamServer({ files });
  const mirrors = [parseMirror(`https://example.org=${server.url}/example.org`)];
  fetcher = quickFetcher({ mirrors });
  cacheDir = mkdtempSync(join(tmpdir(), 'assay-suite-'));
});

afterEach(async () => {
  await fetcher.close();
  await server.close();
  rmSync(cacheDir, { recursive: true, force: true });
});

function foo(version: string, changes: Partial<PackageSpec> = {}): PackageSpec {
  return { package: 'foo', version, architecture: 'amd64', ...changes };
}

/** Builds a suite; what it serves is up to the caller. */
async function build(
  packages: readonly PackageSpec[],
  changes: Partial<SuiteSpec> = {},
): Promise<UpstreamFiles> {
  const suite: SuiteSpec = {
    ...{ directory: 'stable', suite: 'stable', codename: 'stable', origin: 'Example', label: 'Example' },
    ...{ date: now, byHash: false, forms: aptlyForms, architectures: ['amd64', 'arm64'] },
    components: [{ name: 'main', packages }],
    ...changes,
  };
  return buildAptRepository({ root, suites: [suite], signingKey: key });
}

async function publish(...given: Parameters<typeof build>): Promise<void> {
  for (const [path, bytes] of await build(...given)) files.set(path, bytes);
}

const suite = {
  uri: `https://${root}`,
  suite: 'stable',
  components: ['main'],
  signedBy: 'publisher',
};
const trust = trusting({ keyring: () => Promise.resolve(keyring) });

function open(reporter: Reporter = silentReporter): Gathering {
  const store = new UpstreamStore({ fetcher, cache: createCache(cacheDir), reporter });
  return new Gathering(store, { trust, now });
}

/** Of the highest version of `foo`, if there is any. */
async function versions(gathering: Gathering, arch: 'amd64' | 'arm64' = 'amd64'): Promise<string[]> {
  const platform = { os: 'debian-13', arch } as const;
  const subject = { name: 'foo', platform, package: 'foo', suites: [suite] };
  const spec = { method: 'apt' } as const;
  const { verified } = await gathering.judge(apt, { spec, subject, subjects: [subject] });
  return [verified.subject.version];
}

async function watermark(gathering: Gathering, arch: 'amd64' | 'arm64' = 'amd64') {
  const again = isAskedAgain(suite, { has: (need) => gathering.hasRead(need) });
  const asked = { spec: undefined, subject: suite, subjects: [suite] };
  const { verified } = await gathering.judge(signedRelease(again), asked);
  return contentDigests(suite, verified, arch);
}

const byHashOf = (folder: string) => [...files.keys()].find((path) => path.includes(`${folder}/by-hash`))!;
const asked = () => server.log.map(({ path }) => path.slice(suitePath.length + 1));

/** Honestly, at 400 kB a second. */
function slowly(bytes: Buffer): Behaviour {
  const line = createLine(400_000);
  return (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    void (async () => {
      for (let at = 0; at < bytes.length && !response.destroyed; at += 4096) {
        await line(4096);
        response.write(bytes.subarray(at, at + 4096));
      }
      response.end();
    })();
  };
}

/** Serves the old file to the first `count` requests, and what is among `files` afterwards. */
function serveFirst(path: string, old: Buffer, count: number): void {
  server.override(path, atFirst(substitute(old), count));
}

describe('over a slow line', () => {
  const [gz, xz] = ['main/binary-amd64/Packages.gz', 'main/binary-amd64/Packages.xz'];
  /** Ten seconds of a slow line: an empty member after the other. */
  const padded = (plain: Buffer) => Buffer.concat([gzipSync(plain), emptyMembers]);
  const emptyMember = gzipSync('');
  const emptyMembers = Buffer.alloc(200_000 * emptyMember.length, emptyMember);

  /** Slow the first `times`. */
  async function publishPadded(times = 1): Promise<void> {
    await publish([foo('1.0-1')], { forms: debianForms, encode: { gz: padded } });
    server.override(`${index}.gz`, atFirst(slowly(files.get(`${index}.gz`)!), times));
  }

  it('the smaller form is fetched in place of the rest of the larger one', async () => {
    await publishPadded();
    expect(await versions(open())).toEqual(['1.0-1']);
    expect(asked()).toEqual(expect.arrayContaining(['InRelease', gz, xz]));
    const sent = server.log.find(({ path }) => path.endsWith('.gz'));
    expect(sent?.sentBytes).toBeLessThan(files.get(`${index}.gz`)!.length);
    // What was cut is nothing that is kept.
    expect(await versions(open())).toEqual(['1.0-1']);
    expect(asked().filter((path) => path === gz || path === xz)).toHaveLength(2);
  });

  it('the larger form is fetched whole where the smaller one is not there', async () => {
    await publishPadded();
    server.override(`${index}.xz`, refuse(404));
    expect(await versions(open())).toEqual(['1.0-1']);
    expect(asked().filter((path) => path === gz)).toHaveLength(2);
  });

  it('the smaller form is refused where it is not as it was signed', async () => {
    // What is not by hash is asked for once more.
    await publishPadded(2);
    const changed = Buffer.from(files.get(`${index}.xz`)!);
    changed[30] = changed[30]! ^ 1;
    server.override(`${index}.xz`, substitute(changed));
    await refusal(versions(open()), VerificationError, 'DIGEST_MISMATCH');
    expect(asked().filter((path) => path === gz || path === xz)).toHaveLength(4);
  });

  it('over a fast line the larger form is fetched, and nothing else', async () => {
    await publish([foo('1.0-1')], { forms: debianForms, encode: { gz: padded } });
    expect(await versions(open())).toEqual(['1.0-1']);
    expect(asked()).toEqual(['InRelease', gz]);
  });
});

describe('which file is fetched', () => {
  it.each([
    ['gzip where there is one', debianForms, 'main/binary-amd64/Packages.gz'],
    ['xz where that is all there is', debianUpdatesForms, 'main/binary-amd64/Packages.xz'],
    ['the plain form if need be', { published: ['plain'], listedOnly: [] }, 'main/binary-amd64/Packages'],
  ] as const)('%s', async (_, forms, path) => {
    await publish([foo('1.0-1'), foo('2.0-1')], { forms });
    expect(await versions(open())).toEqual(['2.0-1']);
    expect(asked()).toEqual(['InRelease', path]);
  });

  it('by hash where the Release says so', async () => {
    await publish([foo('1.0-1')], { byHash: true, forms: debianForms });
    await versions(open());
    expect(asked()[1]).toMatch(/^main\/binary-amd64\/by-hash\/SHA256\/[0-9a-f]{64}$/);
    expect(asked()).toHaveLength(2);
  });

  it.each([404, 403, 410])('by name after a %i by hash', async (status) => {
    await publish([foo('1.0-1')], { byHash: true, forms: debianUpdatesForms });
    server.override(byHashOf('binary-amd64'), refuse(status));
    expect(await versions(open())).toEqual(['1.0-1']);
    expect(asked()[2]).toBe('main/binary-amd64/Packages.xz');
  });

  it.each([
    ['another status', refuse(401), TransportError, 'HTTP_STATUS'],
    ['a rate limit', refuse(403, { 'Retry-After': '3600' }), TransportError, 'RATE_LIMITED'],
    ['other bytes', substitute(Buffer.from('something else')), VerificationError, 'SIZE_MISMATCH'],
  ] as const)('by name after %s by hash never', async (_, behaviour, kind, code) => {
    await publish([foo('1.0-1')], { byHash: true, forms: debianUpdatesForms });
    server.override(byHashOf('binary-amd64'), behaviour);
    await refusal(versions(open()), kind, code);
    expect(asked()).toHaveLength(2);
  });

  it.each([404, 403])('the next form after a %i, and what was asked for in vain once', async (status) => {
    await publish([foo('1.0-1')], { forms: { published: ['gz', 'xz', 'plain'], listedOnly: [] } });
    server.override(`${index}.gz`, refuse(status));
    expect(await versions(open())).toEqual(['1.0-1']);
    server.override(`${index}.xz`, refuse(status));
    rmSync(cacheDir, { recursive: true });
    const gathering = open();
    expect(await Promise.all([versions(gathering), versions(gathering)])).toEqual([['1.0-1'], ['1.0-1']]);
    const forms = ['.gz', '.xz', ''].map((suffix) => `main/binary-amd64/Packages${suffix}`);
    expect(asked()).toEqual(['InRelease', ...forms.slice(0, 2), 'InRelease', ...forms]);
  });

  it('the next form after one that is as it was signed, and that assay cannot read', async () => {
    const forms = { published: ['xz', 'plain'], listedOnly: [] } as const;
    await publish([foo('1.0-1')], { forms, encode: { xz: () => unreadable } });
    expect(await versions(open())).toEqual(['1.0-1']);
    expect(asked().slice(1)).toEqual(['main/binary-amd64/Packages.xz', 'main/binary-amd64/Packages']);
    // Only the one that was read is kept.
    expect(await versions(open())).toEqual(['1.0-1']);
    expect(asked().slice(4)).toEqual([]);
  });

  it('no next form after one that is not as it was signed', async () => {
    await publish([foo('1.0-1')], { forms: { published: ['xz', 'plain'], listedOnly: [] } });
    const changed = Buffer.from(files.get(`${index}.xz`)!);
    changed[30] = changed[30]! ^ 1;
    server.override(`${index}.xz`, substitute(changed));
    await refusal(versions(open()), VerificationError, 'DIGEST_MISMATCH');
    expect(asked()).not.toContain('main/binary-amd64/Packages');
  });

  it.each([
    ['is changed', substitute(Buffer.from('x')), 'SIZE_MISMATCH', 'Packages has'],
    ['is not there', refuse(404), 'EVIDENCE_MALFORMED', 'Packages.xz cannot be read as xz'],
  ] as const)('none to go on with where the next form %s', async (_, behaviour, code, message) => {
    const forms = { published: ['xz', 'plain'], listedOnly: [] } as const;
    await publish([foo('1.0-1')], { forms, encode: { xz: () => unreadable } });
    server.override(index, behaviour);
    const error = await refusal(versions(open()), VerificationError, code);
    expect(error.message).toContain(message);
  });

  it.each([
    [404, 'NOT_FOUND'],
    [403, 'HTTP_STATUS'],
  ] as const)(
    'none where every form is a %i, and the error names what assay cannot read',
    async (status, code) => {
      await publish([foo('1.0-1')]);
      for (const form of [index, `${index}.gz`]) server.override(form, refuse(status));
      const error = await refusal(versions(open()), TransportError, code);
      expect(error.message).toContain(String(status));
      expect(error.message).toContain('is also listed as .bz2, which assay does not read');
    },
  );

  it('none after an InRelease that is refused: it may be there, and Release is no other name for it', async () => {
    await publish([foo('1.0-1')]);
    server.override(`${suitePath}/InRelease`, refuse(403));
    await refusal(versions(open()), TransportError, 'HTTP_STATUS');
    expect(asked()).toEqual(['InRelease']);
  });

  it('each once, however often it is asked', async () => {
    await publish([foo('1.0-1'), foo('1.0-1', { architecture: 'arm64' })]);
    const gathering = open();
    await Promise.all([
      versions(gathering),
      versions(gathering),
      versions(gathering, 'arm64'),
      watermark(gathering),
    ]);
    expect(asked().sort()).toEqual([
      'InRelease',
      'main/binary-amd64/Packages.gz',
      'main/binary-arm64/Packages.gz',
    ]);
  });

  it('none that the cache has', async () => {
    await publish([foo('1.0-1')]);
    await versions(open());
    expect(await versions(open())).toEqual(['1.0-1']);
    expect(asked().filter((path) => path.includes('Packages'))).toHaveLength(1);
  });

  it('none for the watermark, which names what the answer depends on', async () => {
    await publish([foo('1.0-1')]);
    const gathering = open();
    const depends = await watermark(gathering);
    expect(asked()).toEqual(['InRelease']);
    await versions(gathering);
    expect(await watermark(gathering)).toEqual(depends);
    expect(Object.keys(depends)).toEqual([`https://${suitePath}/main/binary-amd64/Packages`]);
  });

  it('none where the Release lists an empty index', async () => {
    await publish([foo('1.0-1')]);
    await refusal(versions(open(), 'arm64'), VerificationError, 'EVIDENCE_MISSING');
    expect(asked()).toEqual(['InRelease']);
  });

  it('also packages for all architectures out of an index of their own', async () => {
    const other = foo('3.0-1', { architecture: 'all' });
    await publish([foo('1.0-1'), other], { allIndex: true, forms: debianForms });
    expect(await versions(open())).toEqual(['3.0-1']);
    expect(asked()).toContain('main/binary-all/Packages.gz');
  });

  it('packages for all architectures where a suite has no other ones', async () => {
    const packages = [foo('1.0-1', { architecture: 'all' })];
    await publish(packages, { allIndex: true, architectures: [] });
    const gathering = open();
    expect(await versions(gathering)).toEqual(['1.0-1']);
    expect(await versions(gathering, 'arm64')).toEqual(['1.0-1']);
    expect(asked()).toEqual(['InRelease', 'main/binary-all/Packages.gz']);
    expect(Object.keys(await watermark(gathering))).toEqual([
      `https://${suitePath}/main/binary-all/Packages`,
    ]);
  });

  it('none of them where the Release says that they do not count', async () => {
    const packages = [foo('1.0-1', { architecture: 'all' })];
    const releaseFields = { Architectures: 'amd64' };
    await publish(packages, { allIndex: true, architectures: [], releaseFields });
    await refusal(versions(open()), VerificationError, 'EVIDENCE_MISSING');
    expect(asked()).toEqual(['InRelease']);
  });

  it('none that is not as it was signed, of a suite with binary-all alone', async () => {
    await publish([foo('1.0-1', { architecture: 'all' })], { allIndex: true, architectures: [] });
    server.override(`${suitePath}/main/binary-all/Packages.gz`, substitute(Buffer.from('x')));
    await refusal(versions(open()), VerificationError, 'SIZE_MISMATCH');
  });
});

describe('a repository that changes while it is read', () => {
  const changing = `${index}.gz`;

  it('is read once more, as a whole, and then believed', async () => {
    const old = await build([foo('1.0-1')]);
    await publish([foo('2.0-1'), foo('1.0-1')]);
    serveFirst(`${suitePath}/InRelease`, old.get(`${suitePath}/InRelease`)!, 1);
    expect(await versions(open())).toEqual(['2.0-1']);
    expect(asked()).toEqual([
      'InRelease',
      changing.slice(suitePath.length + 1),
      'InRelease',
      changing.slice(suitePath.length + 1),
    ]);
  });

  it('gives the watermark of what was read the second time', async () => {
    const old = await build([foo('1.0-1')]);
    await publish([foo('2.0-1')]);
    serveFirst(`${suitePath}/InRelease`, old.get(`${suitePath}/InRelease`)!, 1);
    const gathering = open();
    await versions(gathering);
    expect(await watermark(gathering)).toEqual(await watermark(open()));
  });

  it('is refused when it is out of step again', async () => {
    const old = await build([foo('1.0-1')]);
    await publish([foo('2.0-1'), foo('1.0-1')]);
    server.override(`${suitePath}/InRelease`, substitute(old.get(`${suitePath}/InRelease`)!));
    await refusal(versions(open()), VerificationError, 'SIZE_MISMATCH');
    expect(asked().filter((path) => path === 'InRelease')).toHaveLength(2);
  });

  it('is read once more only, however many indexes are out of step', async () => {
    const packages = [foo('2.0-1'), foo('2.0-1', { architecture: 'arm64' })];
    const old = await build([foo('1.0-1'), foo('1.0-1', { architecture: 'arm64' })]);
    await publish(packages);
    serveFirst(`${suitePath}/InRelease`, old.get(`${suitePath}/InRelease`)!, 1);
    const gathering = open();
    expect(await Promise.all([versions(gathering), versions(gathering, 'arm64')])).toEqual([
      ['2.0-1'],
      ['2.0-1'],
    ]);
    expect(asked().filter((path) => path === 'InRelease')).toHaveLength(2);
  });

  it('is verified the second time as it was the first', async () => {
    const old = await build([foo('1.0-1')]);
    await publish([foo('2.0-1')]);
    const forged = Buffer.from(files.get(`${suitePath}/InRelease`)!.toString().replace('Example', 'Exemple'));
    files.set(`${suitePath}/InRelease`, forged);
    serveFirst(`${suitePath}/InRelease`, old.get(`${suitePath}/InRelease`)!, 1);
    await refusal(versions(open()), VerificationError, 'SIGNATURE_INVALID');
  });

  it('with indexes by hash is never out of step: a wrong one is refused at once', async () => {
    await publish([foo('1.0-1')], { byHash: true, forms: debianForms });
    const byHash = byHashOf('binary-amd64');
    server.override(byHash, substitute(files.get(byHash)!.subarray(1)));
    await refusal(versions(open()), VerificationError, 'SIZE_MISMATCH');
    expect(asked().filter((path) => path === 'InRelease')).toHaveLength(1);
  });
});

it('an index that is not the signed one is never kept', async () => {
  await publish([foo('1.0-1')]);
  const path = `${suitePath}/main/binary-amd64/Packages.gz`;
  const good = files.get(path)!;
  const bad = Buffer.from(good);
  bad[20] = bad[20]! ^ 1;
  files.set(path, bad);
  await refusal(versions(open()), VerificationError, 'DIGEST_MISMATCH');
  files.set(path, good);
  expect(await versions(open())).toEqual(['1.0-1']);
});

it('a forged InRelease is refused before any index is asked for', async () => {
  await publish([foo('1.0-1')]);
  files.set(`${suitePath}/InRelease`, files.get(`${suitePath}/Release`)!);
  await refusal(versions(open()), VerificationError, 'EVIDENCE_MALFORMED');
  expect(asked()).toEqual(['InRelease']);
});

describe('a proof without its index', () => {
  const subjectOf = (more: object) => {
    const platform = { os: 'debian-13', arch: 'amd64' } as const;
    return { name: 'foo', platform, package: 'foo', suites: [suite], ...more };
  };
  const judge = (store: DocumentStore, more: object = {}) => {
    const subject = subjectOf(more);
    return new Gathering(store, { trust, now }).judge(apt, {
      ...{ spec: { method: 'apt' as const }, subject, subjects: [subject] },
    });
  };
  /** Everything but the index: what is kept of a large one. */
  const keeping = (documents: readonly EvidenceDocument[]): DocumentStore => ({
    read: (need) =>
      Promise.resolve(
        need.kind === 'forms'
          ? undefined
          : documents.find(({ role, url }) => role === need.role && url === need.url),
      ),
  });

  it('says the same up to the index, and that it does', async () => {
    await publish([foo('2.0-1'), foo('1.0-1')]);
    const upstream = new UpstreamStore({
      fetcher,
      cache: createCache(cacheDir),
      reporter: silentReporter,
    });
    const { verified } = await judge(upstream);
    expect(verified.result).not.toHaveProperty('isUpToIndex');
    const again = await judge(keeping(verified.result.documents), { version: '2.0-1' });
    expect(again.verified.subject).toEqual(verified.subject);
    expect(again.verified.result).toMatchObject({ isUpToIndex: true, assurance: 'signed' });
    expect(again.verified.result.documents.map(({ role }) => role)).toEqual([
      ...['inrelease', 'packages', 'packages-stanza'],
    ]);
  });

  it('is none without its stanza, with another InRelease, or of another version', async () => {
    await publish([foo('2.0-1')]);
    const upstream = new UpstreamStore({
      fetcher,
      cache: createCache(cacheDir),
      reporter: silentReporter,
    });
    const { documents } = (await judge(upstream)).verified.result;
    const without = documents.filter(({ role }) => role !== 'packages-stanza');
    await refusal(judge(keeping(without)), VerificationError, 'EVIDENCE_MISSING');
    await refusal(judge(keeping(documents), { version: '1.0-1' }), VerificationError, 'EVIDENCE_MISSING');
    const forged = documents.map((one) =>
      one.role === 'inrelease'
        ? { ...one, bytes: Buffer.from(Buffer.from(one.bytes).toString().replace('Example', 'Exemple')) }
        : one,
    );
    await refusal(judge(keeping(forged)), VerificationError, 'SIGNATURE_INVALID');
  });
});
