import { describe, expect, it } from 'vitest';
import { publicationMirrors } from '../../../../../scripts/upstream/publication.ts';
import { publishCatalogueUpstream } from '../../../../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { createSigstore } from '../../../../../scripts/upstream/sigstore/instance.ts';
import { generateSigningKey } from '../../../../../scripts/upstream/signing-key.ts';

const at = new Date('2026-11-20T10:00:00Z');
const createdAt = new Date('2026-01-01T00:00:00Z');

describe('publishCatalogueUpstream', () => {
  it('has every host and project, in versions that may be chosen', async () => {
    const runcKey = await generateSigningKey({ owner: 'runc', createdAt });
    const versions = { containerd: '2.4.0' };
    const publication = await publishCatalogueUpstream(createSigstore({ validFrom: createdAt }), {
      at,
      runcKey,
      versions,
    });
    expect(publicationMirrors(publication, 'http://127.0.0.1:1')).toEqual([
      'https://dl.k8s.io=http://127.0.0.1:1/dl.k8s.io',
      'https://github.com=http://127.0.0.1:1/github.com',
      'https://raw.githubusercontent.com=http://127.0.0.1:1/raw.githubusercontent.com',
      'https://cloud.debian.org=http://127.0.0.1:1/cloud.debian.org',
      'https://rekor.sigstore.dev=http://127.0.0.1:1/rekor.sigstore.dev',
      'https://api.github.com=http://127.0.0.1:1/api.github.com',
      'https://registry.k8s.io=http://127.0.0.1:1/registry.k8s.io',
    ]);
    const downloads = 'github.com/containerd/containerd/releases/download';
    expect(publication.files.has(`${downloads}/v2.4.0/containerd-2.4.0-attestation.intoto.jsonl`)).toBe(true);
    expect([...publication.routes.keys()].filter((path) => path.endsWith('/releases/latest'))).toHaveLength(
      20,
    );
  });
});
