/** Each link of a chain refuses what only claims to be the link before. */
import { describe, expect, it } from 'vitest';
import { blobBundle } from '../../../scripts/upstream/sigstore/renderings.ts';
import type { Artifact } from '../../../src/model/artifact.ts';
import { mint } from '../../../src/model/minted.ts';
import { verifiedArtifact } from '../../../src/verify/apt/package.ts';
import { vouchedByImageSignature } from '../../../src/verify/image/vouch-image.ts';
import { readKeyring } from '../../../src/verify/openpgp/keyring.ts';
import { verifyCleartext, verifyDetached } from '../../../src/verify/openpgp/verify-signatures.ts';
import {
  vouchedByChecksums,
  vouchedByMessage,
  vouchedByStatement,
} from '../../../src/verify/sigstore/vouch.ts';
import { forgeries } from '../../support/forgeries.ts';
import { binarySignature, clearsign, makeKey, publicKeyFile, signData } from '../../support/openpgp.ts';
import {
  artifact as bytes,
  at,
  attest,
  digestOf,
  judge,
  judgeStatement,
  sign,
  trustedRoot,
} from '../../support/throwaway-sigstore.ts';

const digest = digestOf(bytes);
const artifact: Artifact = {
  ...{ name: 'tool', version: '1.0.0', type: 'tar.gz', url: 'https://example.org/tool.tar.gz' },
  ...{ platform: { os: 'debian-13', arch: 'amd64' }, digest, sizeBytes: bytes.length },
};
const vouching = { documents: [], verifiedAt: at };
const document = { role: 'any', url: artifact.url, digest, sizeBytes: bytes.length, bytes };

/** A TypeError: no refusal of evidence, which another copy or another mirror might make good. */
async function refuses(kind: string, act: () => unknown): Promise<void> {
  await expect(Promise.resolve().then(act)).rejects.toThrow(
    new TypeError(`refused: this ${kind} was never verified`),
  );
}

const key = await makeKey();
const keyring = await readKeyring([{ name: 'test.asc', bytes: publicKeyFile(key) }]);
const signed = await clearsign('a text\n', { key });
const detached = binarySignature(await signData(bytes, { key }));

describe('a keyring', () => {
  it.each(forgeries(keyring))('is refused as %s', async (_, forged) => {
    await refuses('Keyring', () => verifyCleartext(signed, forged, at));
    await refuses('Keyring', () => verifyDetached(bytes, detached, forged, at));
  });
});

describe('a trusted root', () => {
  const [blob, envelope] = [blobBundle(sign()), attest()];

  it.each(forgeries(trustedRoot))('is refused as %s', async (_, forged) => {
    await refuses('TrustedRoot', () => judge(blob, { root: forged }));
    await refuses('TrustedRoot', () => judgeStatement(envelope, { trustedRoot: forged }));
  });
});

describe('a signature over a digest', async () => {
  const message = await judge(blobBundle(sign()));

  it.each(forgeries(message))('is refused as %s', async (_, forged) => {
    await refuses('VerifiedMessage', () => vouchedByMessage(artifact, forged, vouching));
    const wanted = { name: 'tool.tar.gz', nameless: false };
    await refuses('VerifiedMessage', () => vouchedByChecksums(artifact, document, wanted, forged, vouching));
  });
});

describe('a signed statement', async () => {
  const statement = await judgeStatement(attest());

  it.each(forgeries(statement))('is refused as %s', async (_, forged) => {
    await refuses('VerifiedStatement', () => vouchedByStatement(artifact, 'tool.tar.gz', forged, vouching));
  });
});

describe('a signature of an image', () => {
  const fields = {
    bundle: bytes,
    payload: bytes,
    digest,
    loggedAt: [] as never,
    checks: [],
    signer: {} as never,
  };
  const chain = {
    signatures: document,
    payload: document,
    index: undefined,
    manifest: document,
    config: undefined,
  };

  it.each(forgeries(mint('VerifiedImageSignature', fields)))('is refused as %s', async (_, signature) => {
    const image = { ...artifact, type: 'oci-image' } as const;
    await refuses('VerifiedImageSignature', () =>
      vouchedByImageSignature(image, { ...chain, signature }, at),
    );
  });
});

describe('a Release', () => {
  const release = mint('VerifiedRelease', {
    ...{ release: {} as never, signers: [], documents: [document] as const, verifiedAt: at, checks: [] },
    places: { root: 'https://example.org', directory: 'https://example.org/dists/stable' },
  });

  it.each(forgeries(release))('is refused as %s', async (_, forged) => {
    const form = { compression: 'gz', file: { ...document, path: 'Packages.gz' }, readMs: 1 } as const;
    const listing = { name: 'Packages', forms: [form] as const, plain: undefined, unread: [] };
    const stanza = { package: 'tool', bytes, release: forged, listing, index: document };
    const deb = { ...{ package: 'tool', version: '1', architecture: 'amd64', filename: 'x' }, digest };
    const choice = { deb: { ...deb, digests: [digest] as const, sizeBytes: 1 }, stanza, among: 1 };
    await refuses('VerifiedRelease', () => verifiedArtifact(choice, artifact, []));
  });
});
