import { createHash } from 'node:crypto';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../../../scripts/upstream/server.ts';
import { withoutPromise } from '../../../../../scripts/upstream/sigstore/entry-faults.ts';
import { createSigstore } from '../../../../../scripts/upstream/sigstore/instance.ts';
import {
  kubernetesBinaries,
  kubernetesBinaryPath,
  kubernetesSbomPath,
  kubernetesSigner,
  publishKubernetes,
} from '../../../../../scripts/upstream/sigstore/kubernetes.ts';
import { hashLeaf } from '../../../../../scripts/upstream/sigstore/merkle-tree.ts';
import { retrieveEntries, retrievePath } from '../../../../../scripts/upstream/sigstore/rekor-api.ts';
import {
  renderStatement,
  sha256Of,
  signBlob,
  signEnvelope,
} from '../../../../../scripts/upstream/sigstore/signing.ts';
import { contentHex } from '../../../../../scripts/upstream/virtual-file.ts';
import { fileDigestsOf, parseSpdxDocument } from '../../../../../src/formats/upstream/spdx-document.ts';
import { verdictOf } from '../../../../support/sigstore-judge.ts';

const at = new Date('2026-11-20T10:00:00Z');
const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
const publication = publishKubernetes(sigstore, {
  releases: [
    { version: '1.36.1', at },
    { version: '1.36.0', at },
    { version: '1.35.4', at },
  ],
});
let server: UpstreamServer;
beforeAll(async () => {
  server = await startUpstreamServer(publication);
});
afterAll(() => server.close());

async function text(path: string): Promise<string> {
  const answer = await fetch(`${server.url}/${path}`);
  expect(answer.status).toBe(200);
  return answer.text();
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

async function ask(body: unknown, method: 'POST' | 'GET' = 'POST'): Promise<Answer> {
  const content = method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {};
  const answer = await request(`${server.url}/${retrievePath}`, { method, ...content });
  return { status: answer.statusCode, json: await answer.body.json() };
}

/** The query of facts that a verifier has in its hands. */
function blobQuery(sha256: string, sig: string, cert: string) {
  const hash = { algorithm: 'sha256', value: sha256 };
  const signature = { content: sig, publicKey: { content: cert } };
  return { entries: [{ apiVersion: '0.0.1', kind: 'hashedrekord', spec: { data: { hash }, signature } }] };
}

async function published(path: string): Promise<[sha256: string, sig: string, cert: string]> {
  return [await text(`${path}.sha256`), await text(`${path}.sig`), await text(`${path}.cert`)];
}

interface RekorEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly checkpoint: string;
      readonly hashes: readonly string[];
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
    };
  };
}

/** A bundle of Rekor's answer, made as a verifier makes one. */
function bundleOf(entry: RekorEntry, sha256: string, sig: string, cert: string): string {
  const pem = Buffer.from(cert, 'base64').toString();
  const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
  const { inclusionProof: proof, signedEntryTimestamp } = entry.verification;
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: pem.replace(/-----.*-----|\n/g, '') },
      tlogEntries: [
        {
          logIndex: String(entry.logIndex),
          logId: { keyId: base64(entry.logID) },
          kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
          integratedTime: String(entry.integratedTime),
          inclusionPromise: { signedEntryTimestamp },
          inclusionProof: {
            logIndex: String(proof.logIndex),
            rootHash: base64(proof.rootHash),
            treeSize: String(proof.treeSize),
            hashes: proof.hashes.map(base64),
            checkpoint: { envelope: proof.checkpoint },
          },
          canonicalizedBody: entry.body,
        },
      ],
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: base64(sha256) },
      signature: sig,
    },
  });
}

describe('dl.k8s.io', () => {
  it('says which versions are stable', async () => {
    expect(await text('dl.k8s.io/release/stable.txt')).toBe('v1.36.1');
    expect(await text('dl.k8s.io/release/stable-1.36.txt')).toBe('v1.36.1');
    expect(await text('dl.k8s.io/release/stable-1.35.txt')).toBe('v1.35.4');
  });

  it.each(kubernetesBinaries)('publishes %s with what Rekor knows of it', async (file) => {
    const path = kubernetesBinaryPath('1.36.1', 'arm64', file);
    const [sha256, sig, cert] = await published(path);
    const answer = await fetch(`${server.url}/${path}`);
    const binary = Buffer.from(await answer.arrayBuffer());
    expect(createHash('sha256').update(binary).digest('hex')).toBe(sha256);

    const { status, json } = await ask(blobQuery(sha256, sig, cert));
    expect(status).toBe(200);
    const [[uuid, entry]] = Object.entries((json as Record<string, RekorEntry>[])[0]!) as [
      [string, RekorEntry],
    ];
    expect(uuid).toBe(`108e9186e8c5677a${hashLeaf(Buffer.from(entry.body, 'base64')).toString('hex')}`);
    const spec = blobQuery(sha256, sig, cert).entries[0];
    expect(JSON.parse(Buffer.from(entry.body, 'base64').toString())).toEqual(spec);
    expect(verdictOf(sigstore, bundleOf(entry, sha256, sig, cert), binary)).toBe('accepted');
  });
});

describe('the bill of materials', () => {
  it('lists every file of its release, and is signed as they are', async () => {
    const path = kubernetesSbomPath('1.36.1');
    const bytes = Buffer.from(await text(path));
    const sbom = parseSpdxDocument(bytes, path);
    expect(sbom).toMatchObject({
      name: 'Kubernetes Release v1.36.1',
      namespace: 'https://sbom.k8s.io/v1.36.1/release',
    });
    expect(sbom.files.size).toBe(2 * kubernetesBinaries.length);
    const binary = publication.files.get(kubernetesBinaryPath('1.36.1', 'arm64', 'kubectl'))!;
    expect(fileDigestsOf(sbom, 'bin/linux/arm64/kubectl', path)).toEqual([
      `sha256:${contentHex(binary, 'sha256')}`,
      `sha512:${contentHex(binary, 'sha512')}`,
    ]);
    const sha256 = sha256Of(bytes).toString('hex');
    const [sig, cert] = [await text(`${path}.sig`), await text(`${path}.cert`)];
    const { json } = await ask(blobQuery(sha256, sig, cert));
    const [entry] = Object.values((json as Record<string, RekorEntry>[])[0]!);
    expect(verdictOf(sigstore, bundleOf(entry!, sha256, sig, cert), bytes)).toBe('accepted');
  });
});

describe('the log', () => {
  const path = kubernetesBinaryPath('1.36.1', 'amd64', 'kubectl');
  const other = kubernetesBinaryPath('1.36.1', 'amd64', 'kubelet');

  it('has its answers tampered with, as told', async () => {
    server.override(
      retrievePath,
      retrieveEntries(sigstore.rekor, (found) => found.map(withoutPromise)),
    );
    const { json } = await ask(blobQuery(...(await published(path))));
    const [entry] = Object.values((json as Record<string, RekorEntry>[])[0]!);
    expect(Object.keys(entry!.verification)).toEqual(['inclusionProof']);
    server.override(
      retrievePath,
      retrieveEntries(sigstore.rekor, (found) => [...found, ...found]),
    );
    expect((await ask(blobQuery(...(await published(path))))).json).toHaveLength(2);
    server.override(retrievePath);
  });

  it('has an empty list for what was not logged', async () => {
    const signed = signBlob(sigstore, sha256Of(Buffer.from('x')), { ...kubernetesSigner, at, log: 'none' });
    const certificate = `-----BEGIN CERTIFICATE-----\n${signed.certificate.toString('base64')}\n-----END CERTIFICATE-----`;
    const query = blobQuery(
      signed.sha256.toString('hex'),
      signed.signature.toString('base64'),
      Buffer.from(certificate).toString('base64'),
    );
    expect(await ask(query)).toEqual({ status: 200, json: [] });
    expect(await ask({ entries: [] })).toEqual({ status: 200, json: [] });
  });

  it('finds every entry of a leaf, and an envelope', async () => {
    const signed = signEnvelope(sigstore, renderStatement([]), { ...kubernetesSigner, at });
    sigstore.rekor.append(signed.entries[0]!.body, new Date('2026-11-20T10:05:00Z'));
    const { payload, payloadType, signature } = signed.envelope;
    const envelope = JSON.stringify({
      payloadType,
      payload: payload.toString('base64'),
      signatures: [{ sig: signature.toString('base64') }],
    });
    const { spec } = JSON.parse(signed.entries[0]!.body.bytes.toString()) as {
      spec: { signatures: [{ verifier: string }] };
    };
    const proposedContent = { envelope, verifiers: [spec.signatures[0].verifier] };
    const { json } = await ask({
      entries: [{ apiVersion: '0.0.1', kind: 'dsse', spec: { proposedContent } }],
    });
    const entries = (json as Record<string, RekorEntry>[]).flatMap((found) => Object.values(found));
    expect(entries.map((entry) => entry.integratedTime)).toEqual([1_795_168_802, 1_795_169_100]);
  });

  it('refuses what does not verify, as the real one does', async () => {
    const [sha256, sig, cert] = await published(path);
    const [otherSha256, otherSig, otherCert] = await published(other);
    expect(await ask(blobQuery(otherSha256, sig, cert))).toMatchObject({ status: 400 });
    expect(await ask(blobQuery(sha256, otherSig, cert))).toMatchObject({ status: 400 });
    expect(await ask(blobQuery(sha256, sig, otherCert))).toMatchObject({ status: 400 });
    expect(await ask(blobQuery(sha256, sig, 'AAAA'))).toMatchObject({ status: 400 });
  });

  it('refuses what is no query', async () => {
    expect(await ask('{')).toMatchObject({ status: 400 });
    expect(await ask({ entries: [{ kind: 'rpm' }] })).toMatchObject({ status: 400 });
    expect(await ask(undefined, 'GET')).toMatchObject({ status: 405 });
  });
});
