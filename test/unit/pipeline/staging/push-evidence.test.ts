import { describe, expect, it, onTestFinished } from 'vitest';
import { renderBootProofs, type BootProof } from '../../../../src/formats/own/boot-proofs.ts';
import { renderEvidence } from '../../../../src/formats/own/evidence.ts';
import { renderManifest, type Manifest } from '../../../../src/formats/own/manifest.ts';
import { parseOciPlace } from '../../../../src/formats/own/oci-place.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import type { FileStore } from '../../../../src/model/ports.ts';
import { judgeOffline } from '../../../../src/pipeline/proofs/judge-offline.ts';
import { readManifestAt } from '../../../../src/pipeline/proofs/read-manifests.ts';
import { findEvidence, pulledFiles } from '../../../../src/pipeline/registry/evidence.ts';
import { readArtifact, readPulledManifest } from '../../../../src/pipeline/registry/pull.ts';
import { osBootOf } from '../../../../src/pipeline/shared/boot-proof.ts';
import { readPushedEvidence } from '../../../../src/pipeline/staging/push-evidence.ts';
import { RegistryClient } from '../../../../src/sources/registry-client.ts';
import type { Trust } from '../../../../src/verify/anchors/trust.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { sha256, startPushedRegistry } from '../../../support/pushed-registry.ts';
import { refusal } from '../../../support/refusals.ts';
import { silentReporter } from '../../../support/silent-reporter.ts';

const now = new Date('2026-11-20T12:00:00Z');
const config = Buffer.from(
  `source /boot/grub/custom.cfg\nmenuentry 'Linux' {\n linux /boot/vmlinuz root=LABEL=x ro\n initrd /boot/initrd\n}\n`,
);
const digest = sha256(Buffer.from('image'));
const fileAt = (path: string) => ({
  ...{ partition: 1, path, named: path, digest: sha256(Buffer.from(path)), size: 9 },
});
const proof: BootProof = {
  ...{ arch: 'amd64', partitions: [{ number: 1 }], cmdline: 'root=LABEL=x ro' },
  ...{ kernel: fileAt('/boot/vmlinuz'), initrd: fileAt('/boot/initrd') },
  documents: [
    { partition: 1, path: '/boot/grub/grub.cfg', digest: sha256(config), size: config.length },
    { partition: 1, path: '/boot/grub/custom.cfg', digest: sha256(Buffer.of()), size: 0 },
  ],
  ...{ tools: 'none', readAt: now.toISOString() },
};
const image = {
  ...{ version: '1', url: 'https://cloud.example.org/debian-13.qcow2', type: 'qcow2' as const },
  ...{ digest, size: 5 },
};
const manifest: Manifest = {
  vmconfig: {
    ...{ version: '1.0.0', kind: 'knd', dependencies: {}, images: [] },
    os: { name: 'debian-13', arch: 'amd64', image, boot: osBootOf(proof) },
  },
};
const title = 'knd.debian-13.amd64.json';
const document = `evidence/documents/${sha256(config).replace(':', '-')}`;

/** As a release's manifest is called, with what lies beside it; without `gone`. */
function beside(gone?: string): FileStore & { readonly name: string } {
  const name = 'vmconfig_1.0.0_knd_debian-13_amd64.json';
  const other = sha256(Buffer.from('another image'));
  const files = new Map<string, Uint8Array>([
    [name, renderManifest(manifest)],
    [`evidence/${name}`, renderEvidence({})],
    ['evidence/os-boot.json', renderBootProofs({ [digest]: proof, [other]: proof })],
    [document, config],
  ]);
  files.delete(gone ?? '');
  return {
    name,
    read: (path) => Promise.resolve(files.get(path.replace(/^dir\//, ''))),
    replaceAll: () => Promise.reject(new TypeError('nothing is written')),
  };
}

async function pushed(gone?: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = beside(gone);
  const read = await readPushedEvidence(await readManifestAt(`dir/${files.name}`, files), files);
  return new Map(read.map((one) => [one.title, one.bytes]));
}

/** What `verify --offline` says of `os.boot`, of what a registry has. */
async function judged(evidence: ReadonlyMap<string, Uint8Array>) {
  const registry = await startPushedRegistry();
  const fetcher = quickFetcher();
  onTestFinished(async () => {
    await fetcher.close();
    await registry.close();
  });
  const artifact = { manifest: [title, renderManifest(manifest)], files: new Map() } as const;
  const at = registry.push(artifact);
  registry.refer(at, evidence);
  const place = parseOciPlace(`${registry.place}@${at}`, 'it');
  const client = new RegistryClient(place, { fetcher, reporter: silentReporter });
  const found = await readArtifact(place, client);
  const pulled = { ...(await readPulledManifest(found, place, client)), artifact: found, place, client };
  const [first] = await findEvidence(found, place, client);
  const files = pulledFiles(pulled, first!, { files: beside(), store: undefined });
  const input = { files, trust: {} as Trust, now };
  const [verdict] = await judgeOffline([await readManifestAt(files.manifestFile, files)], input);
  return verdict?.entries.find(({ name }) => name === 'os.boot');
}

describe('what was read out of an OS image', () => {
  it('is pushed beside its manifest, under the name of that, without what is of others', async () => {
    const evidence = await pushed();
    expect([...evidence.keys()]).toEqual([`evidence/${title}`, 'evidence/os-boot.json', document]);
    expect(evidence.get('evidence/os-boot.json')).toEqual(renderBootProofs({ [digest]: proof }));
  });

  it('is judged as beside a file, where an empty document is no blob', async () => {
    const entry = await judged(await pushed());
    expect(entry?.refusal?.error).toBeUndefined();
    expect(entry).toMatchObject({ verdict: 'recorded', boot: proof });
  });

  it.each([
    ['was not pushed', 'evidence/os-boot.json', 'EVIDENCE_MISSING', undefined],
    ['has no document', document, 'EVIDENCE_MISSING', undefined],
    [
      'has another document',
      document,
      'DIGEST_MISMATCH',
      Buffer.from(config.toString().replace(' ro', ' rw')),
    ],
    [
      'says something else',
      'evidence/os-boot.json',
      'SUBJECT_MISMATCH',
      renderBootProofs({ [digest]: { ...proof, cmdline: 'init=/bin/sh' } }),
    ],
  ] as const)('is refused where it %s', async (_, name, code, other) => {
    const evidence = new Map(await pushed());
    evidence.delete(name);
    if (other !== undefined) evidence.set(name, other);
    expect(await judged(evidence)).toMatchObject({ verdict: 'refused', refusal: { error: { code } } });
  });

  it('is not pushed without what it names', async () => {
    await refusal(() => pushed(document), VerificationError, 'EVIDENCE_MISSING');
    expect([...(await pushed('evidence/os-boot.json')).keys()]).toEqual([`evidence/${title}`]);
  });
});
