import { describe, expect, it } from 'vitest';
import { buildTufRepository, generateTufKeys } from '../../../../scripts/upstream/tuf-repository.ts';
import { UsageError, VerificationError } from '../../../../src/model/errors.ts';
import type { FileStore } from '../../../../src/model/ports.ts';
import type { AnchorReview } from '../../../../src/model/trust-review.ts';
import { checkTrust, requireCommitted } from '../../../../src/pipeline/trust/check-trust.ts';
import { readTrust } from '../../../../src/pipeline/trust/anchors.ts';
import { sigstoreRoot } from '../../../../src/verify/anchors/sigstore.ts';
import type { TrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { openTrust, type OpenTrust } from '../../../../src/verify/anchors/trust.ts';
import { refusal } from '../../../support/refusals.ts';
import { at, digestOf, sigstore } from '../../../support/throwaway-sigstore.ts';

const root = Buffer.from(sigstore.trustedRoot());

const [tufRoot] = buildTufRepository({
  now: at,
  generations: [generateTufKeys()],
  target: { name: 'trusted_root.json', bytes: root },
}).roots.map((bytes) => Buffer.from(bytes)) as [Buffer];

function pins(digest: string, version = 1, tufDigest: string = digestOf(tufRoot)): string {
  return `version: 1
anchors:
  sigstore:
    type: sigstore
    file: root.json
    digest: ${digest}
    root: { file: tuf.json, version: ${String(version)}, digest: ${tufDigest} }
    target: trusted_root.json
    seen: seen.json
    sources: [https://tuf.example]
    learnt: made by this test
`;
}

/** A trust directory in memory. */
function trust(files: Readonly<Record<string, string | Buffer>>): FileStore {
  return {
    read: (path) => {
      const content = files[path];
      return Promise.resolve(content === undefined ? undefined : Buffer.from(content));
    },
    replaceAll: () => Promise.reject(new TypeError('nothing is written here')),
  };
}

const good = {
  'trust/pins.yaml': pins(digestOf(root)),
  'trust/root.json': root,
  'trust/tuf.json': tufRoot,
};

async function open(files: FileStore): Promise<OpenTrust> {
  return openTrust(await readTrust('trust', files), at);
}

async function openRoot(files: FileStore, name = 'sigstore'): Promise<TrustedRoot> {
  return (await open(files)).material(sigstoreRoot, name);
}

describe('readTrust', () => {
  it('reads pins.yaml and each file that it names once, whatever is asked of it then', async () => {
    const store = trust(good);
    const asked: string[] = [];
    const counted: FileStore = { ...store, read: (path) => (asked.push(path), store.read(path)) };
    const value = await readTrust('trust', counted);
    const opened = openTrust(value, at);
    await Promise.all([opened.trustedRoot(), opened.trustedRoot(), checkTrust(value, at)]);
    expect(asked.sort()).toEqual(
      ['PROVENANCE.md', 'pins.yaml', 'root.json', 'seen.json', 'tuf.json'].map((name) => `trust/${name}`),
    );
  });

  it('tells of a file that cannot be read to who asks for it, and to nobody else', async () => {
    const store = trust(good);
    const unreadable = (name: string): FileStore => ({
      ...store,
      read(path) {
        if (path !== `trust/${name}`) return store.read(path);
        return Promise.reject(new UsageError('FILE_UNREADABLE', `${path}: EACCES`));
      },
    });
    await openRoot(unreadable('tuf.json'));
    await refusal(check(unreadable('tuf.json')), UsageError, 'FILE_UNREADABLE');
    await refusal(openRoot(unreadable('root.json')), UsageError, 'FILE_UNREADABLE');
    await refusal(openRoot(unreadable('pins.yaml')), UsageError, 'FILE_UNREADABLE');
    await check(unreadable('PROVENANCE.md'));
  });
});

describe("Sigstore's trusted root", () => {
  it('opens the pinned root', async () => {
    expect((await openRoot(trust(good))).digest).toBe(digestOf(root));
    expect((await (await open(trust(good))).trustedRoot()).digest).toBe(digestOf(root));
  });

  it('refuses a root with one byte more than the pinned one', async () => {
    const files = trust({ ...good, 'trust/root.json': Buffer.concat([root, Buffer.from('\n')]) });
    await refusal(openRoot(files), VerificationError, 'PIN_MISMATCH');
  });

  it('refuses a pinned root that cannot be relied on', async () => {
    const bad = Buffer.from(root.toString().replaceAll('"start"', '"begin"'));
    const files = trust({ 'trust/pins.yaml': pins(digestOf(bad)), 'trust/root.json': bad });
    await refusal(openRoot(files), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('refuses a root that is not there, and pins without one', async () => {
    const { 'trust/pins.yaml': only } = good;
    await refusal(openRoot(trust({ 'trust/pins.yaml': only })), VerificationError, 'EVIDENCE_MISSING');
    await refusal(openRoot(trust(good), 'other'), UsageError, 'TRUST_INVALID');
    await refusal(openRoot(trust({})), UsageError, 'TRUST_INVALID');
  });

  it('is no keyring', async () => {
    const anchors = await open(trust(good));
    await refusal(anchors.keyring('sigstore', 'https://tuf.example/a'), UsageError, 'TRUST_INVALID');
  });
});

async function check(files: FileStore): Promise<readonly AnchorReview[]> {
  return checkTrust(await readTrust('trust', files), at);
}

describe('checkTrust', () => {
  it('says of a trusted root whether it is the pinned one', async () => {
    expect(await check(trust(good))).toMatchObject([{ name: 'sigstore', status: 'unchanged' }]);
    const other = trust({ ...good, 'trust/root.json': '{}' });
    expect(await check(other)).toMatchObject([{ status: 'refused', error: { code: 'PIN_MISMATCH' } }]);
  });

  const forged = Buffer.from(tufRoot.toString().replaceAll('"threshold": 2', '"threshold": 1'));

  it.each<[string, Readonly<Record<string, string | Buffer>>, string]>([
    ['with one byte more', { 'trust/tuf.json': Buffer.concat([tufRoot, Buffer.from(' ')]) }, 'PIN_MISMATCH'],
    ['of another version', { 'trust/pins.yaml': pins(digestOf(root), 2) }, 'PIN_MISMATCH'],
    [
      'that its own keys did not sign',
      { 'trust/tuf.json': forged, 'trust/pins.yaml': pins(digestOf(root), 1, digestOf(forged)) },
      'SIGNATURE_INVALID',
    ],
    [
      'that is none',
      { 'trust/tuf.json': root, 'trust/pins.yaml': pins(digestOf(root), 1, digestOf(root)) },
      'EVIDENCE_MALFORMED',
    ],
  ])('refuses the anchor with a TUF root %s', async (_, changed, code) => {
    expect(forged).not.toEqual(tufRoot);
    expect(await check(trust({ ...good, ...changed }))).toMatchObject([
      { name: 'sigstore', status: 'refused', error: { code } },
    ]);
  });

  it('refuses the anchor without its TUF root', async () => {
    const { 'trust/pins.yaml': text, 'trust/root.json': bytes } = good;
    const files = trust({ 'trust/pins.yaml': text, 'trust/root.json': bytes });
    expect(await check(files)).toMatchObject([{ status: 'refused', error: { code: 'EVIDENCE_MISSING' } }]);
  });
});

describe('requireCommitted', () => {
  const edited = trust({ ...good, 'trust/root.json': '{}' });
  const require = async (files: FileStore, wanted: readonly string[]) => {
    const warnings: string[] = [];
    const reporter = { warn: (message: string) => void warnings.push(message) };
    const trusted = await readTrust('trust', files);
    await requireCommitted(trusted, { wanted: new Set(wanted), now: at, reporter });
    return warnings;
  };

  it('refuses an edited anchor that is wanted, and warns of one that is not', async () => {
    await refusal(require(edited, ['keys', 'sigstore']), VerificationError, 'PIN_MISMATCH');
    for (const wanted of [[], ['keys']]) {
      expect(await require(edited, wanted)).toEqual([
        expect.stringMatching(
          /^no entry of this run needs the anchor sigstore, which is refused: .*root\.json/,
        ),
      ]);
    }
    expect(await require(trust(good), ['sigstore'])).toEqual([]);
  });

  it('does not let it pass to who asks for it after all', async () => {
    await require(edited, []);
    await refusal((await open(edited)).trustedRoot(), VerificationError, 'PIN_MISMATCH');
  });

  it('refuses pins that cannot be read, whatever is wanted', async () => {
    await refusal(require(trust({}), []), UsageError, 'TRUST_INVALID');
  });
});
