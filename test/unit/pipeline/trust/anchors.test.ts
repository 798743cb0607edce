import { describe, expect, it } from 'vitest';
import { buildTufRepository, generateTufKeys } from '../../../../scripts/upstream/tuf-repository.ts';
import { UsageError, VerificationError } from '../../../../src/model/errors.ts';
import type { FileStore } from '../../../../src/model/ports.ts';
import { checkTrust, requireCommitted } from '../../../../src/pipeline/trust/check-trust.ts';
import { openAnchors, openTrustedRoot } from '../../../../src/pipeline/trust/anchors.ts';
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

describe('openTrustedRoot', () => {
  it('opens the pinned root', async () => {
    expect((await openTrustedRoot('trust', trust(good))).digest).toBe(digestOf(root));
  });

  it('refuses a root with one byte more than the pinned one', async () => {
    const files = trust({ ...good, 'trust/root.json': Buffer.concat([root, Buffer.from('\n')]) });
    await refusal(openTrustedRoot('trust', files), VerificationError, 'PIN_MISMATCH');
  });

  it('refuses a pinned root that cannot be relied on', async () => {
    const bad = Buffer.from(root.toString().replaceAll('"start"', '"begin"'));
    const files = trust({ 'trust/pins.yaml': pins(digestOf(bad)), 'trust/root.json': bad });
    await refusal(openTrustedRoot('trust', files), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('refuses a root that is not there, and pins without one', async () => {
    const { 'trust/pins.yaml': only } = good;
    await refusal(
      openTrustedRoot('trust', trust({ 'trust/pins.yaml': only })),
      VerificationError,
      'EVIDENCE_MISSING',
    );
    await refusal(openTrustedRoot('trust', trust(good), 'other'), UsageError, 'TRUST_INVALID');
    await refusal(openTrustedRoot('trust', trust({})), UsageError, 'TRUST_INVALID');
  });

  it('is no keyring', async () => {
    const anchors = await openAnchors('trust', trust(good), at);
    await refusal(anchors.keyring('sigstore', 'https://tuf.example/a'), UsageError, 'TRUST_INVALID');
  });
});

describe('checkTrust', () => {
  it('says of a trusted root whether it is the pinned one', async () => {
    expect(await checkTrust('trust', trust(good), at)).toMatchObject([{ name: 'sigstore', status: 'good' }]);
    const other = trust({ ...good, 'trust/root.json': '{}' });
    expect(await checkTrust('trust', other, at)).toMatchObject([
      { status: 'refused', error: { code: 'PIN_MISMATCH' } },
    ]);
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
    expect(await checkTrust('trust', trust({ ...good, ...changed }), at)).toMatchObject([
      { name: 'sigstore', status: 'refused', error: { code } },
    ]);
  });

  it('refuses the anchor without its TUF root', async () => {
    const { 'trust/pins.yaml': text, 'trust/root.json': bytes } = good;
    const files = trust({ 'trust/pins.yaml': text, 'trust/root.json': bytes });
    expect(await checkTrust('trust', files, at)).toMatchObject([
      { status: 'refused', error: { code: 'EVIDENCE_MISSING' } },
    ]);
  });
});

describe('requireCommitted', () => {
  const edited = trust({ ...good, 'trust/root.json': '{}' });
  const require = (files: FileStore, wanted: readonly string[]) => {
    const warnings: string[] = [];
    const reporter = { warn: (message: string) => void warnings.push(message) };
    const done = requireCommitted('trust', files, { wanted: new Set(wanted), now: at, reporter });
    return done.then(() => warnings);
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
    const anchors = await openAnchors('trust', edited, at);
    await refusal(anchors.trustedRoot(), VerificationError, 'PIN_MISMATCH');
  });

  it('refuses pins that cannot be read, whatever is wanted', async () => {
    await refusal(require(trust({}), []), UsageError, 'TRUST_INVALID');
  });
});
