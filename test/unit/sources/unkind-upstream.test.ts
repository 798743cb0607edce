/**
 * What the real upstreams do to whoever asks them, played by the embedded one: what goes on, what is asked again, and
 * what is refused.
 */
import { X509Certificate } from 'node:crypto';
import { describe, expect } from 'vitest';
import {
  atFirst,
  codedHead,
  cut,
  refuse,
  refuseAsStorage,
  substitute,
} from '../../../scripts/upstream/behaviours.ts';
import type { UpstreamServer } from '../../../scripts/upstream/server.ts';
import { blobBody } from '../../../scripts/upstream/sigstore/log-bodies.ts';
import { retrieveEntries, retrievePath } from '../../../scripts/upstream/sigstore/rekor-api.ts';
import { createRekor } from '../../../scripts/upstream/sigstore/transparency-log.ts';
import {
  contentHex,
  contentSize,
  readContent,
  type Content,
} from '../../../scripts/upstream/virtual-file.ts';
import type { Resolution } from '../../../src/sources/source.ts';
import { outcomes, publishedAt, sigstore, test } from '../../support/release-upstream.ts';

const amd64 = [{ arch: 'amd64' }] as const;
const crictl =
  'github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-amd64.tar.gz';
const storage = 'release-assets.githubusercontent.com';
const kubelet = 'dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubelet';
const document = 'dl.k8s.io/release/v1.37.0/kubernetes-release.spdx';
const stable = 'dl.k8s.io/release/stable.txt';
const cdn = 'cdn.dl.k8s.io';

const requestsTo = (log: UpstreamServer['log'], path: string) =>
  log.filter((request) => request.path === path).map(({ method, status }) => `${method} ${String(status)}`);

function artifactOf([resolution]: readonly Resolution[]) {
  if (resolution?.status !== 'resolved') throw new Error(JSON.stringify(outcomes([resolution!])));
  return resolution.verified.subject;
}

describe("GitHub's files, which another host keeps behind a query that expires", () => {
  test('are asked about there, and named as they are at GitHub', async ({ upstream }) => {
    expect(artifactOf(await upstream.ask(['crictl'], amd64))).toMatchObject({
      url: `https://${crictl}`,
      sizeBytes: contentSize(upstream.files.get(crictl)!),
    });
    expect(requestsTo(upstream.server.log, crictl)).toEqual(['HEAD 302']);
    expect(requestsTo(upstream.server.logElsewhere, `${storage}/${crictl}`)).toEqual(['HEAD 200']);
    expect(requestsTo(upstream.server.logElsewhere, `${storage}/${crictl}.sha256`)).toEqual(['GET 200']);
  });

  test('are asked for at GitHub again once storage was busy', async ({ upstream }) => {
    upstream.server.override(`${storage}/${crictl}.sha256`, atFirst(refuse(503)));
    expect(outcomes(await upstream.ask(['crictl'], amd64))).toEqual(['resolved']);
    expect(requestsTo(upstream.server.log, `${crictl}.sha256`)).toEqual(['GET 302', 'GET 302']);
    expect(requestsTo(upstream.server.logElsewhere, `${storage}/${crictl}.sha256`)).toEqual([
      'GET 503',
      'GET 200',
    ]);
  });

  test('are not insisted on where the query has expired', async ({ upstream }) => {
    const expired = refuseAsStorage(
      'AuthenticationFailed',
      'Signature not valid in the specified time frame',
    );
    upstream.server.override(`${storage}/${crictl}.sha256`, expired);
    expect(outcomes(await upstream.ask(['crictl'], amd64))).toEqual(['TransportError HTTP_STATUS']);
    expect(requestsTo(upstream.server.logElsewhere, `${storage}/${crictl}.sha256`)).toEqual(['GET 403']);
  });

  test('are measured by GET where storage allows no HEAD', async ({ upstream }) => {
    upstream.server.override(`${storage}/${crictl}`, (request, response, place) => {
      if (request.method === 'HEAD') refuse(403)(request, response, place);
      else place.answerHonestly();
    });
    expect(artifactOf(await upstream.ask(['crictl'], amd64)).sizeBytes).toBe(
      contentSize(upstream.files.get(crictl)!),
    );
    expect(requestsTo(upstream.server.logElsewhere, `${storage}/${crictl}`)).toEqual(['HEAD 403', 'GET 206']);
  });
});

describe("dl.k8s.io's files, which a CDN has", () => {
  test('are asked for again after 503 for the first byte', async ({ upstream }) => {
    for (const path of [stable, kubelet, `${kubelet}.sig`])
      upstream.server.override(`${cdn}/${path}`, atFirst(refuse(503)));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
    expect(requestsTo(upstream.server.logElsewhere, `${cdn}/${kubelet}`)).toEqual(['HEAD 503', 'HEAD 200']);
  });

  test('are given up where it goes on', async ({ upstream }) => {
    upstream.server.override(`${cdn}/${kubelet}.sig`, refuse(503));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError HTTP_STATUS']);
    expect(requestsTo(upstream.server.logElsewhere, `${cdn}/${kubelet}.sig`)).toHaveLength(5);
  });

  test('are asked for again after a connection that broke in a body', async ({ upstream }) => {
    const certificate = readContent(upstream.files.get(`${kubelet}.cert`)!);
    upstream.server.override(`${cdn}/${kubelet}.cert`, atFirst(cut(certificate, 100)));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
    expect(requestsTo(upstream.server.logElsewhere, `${cdn}/${kubelet}.cert`)).toHaveLength(2);
  });

  test('have their own size, whatever HEAD says of a gzip', async ({ upstream }) => {
    upstream.server.override(`${cdn}/${kubelet}`, codedHead(readContent(upstream.files.get(kubelet)!)));
    expect(artifactOf(await upstream.ask(['kubelet'], amd64)).sizeBytes).toBe(
      contentSize(upstream.files.get(kubelet)!),
    );
    expect(requestsTo(upstream.server.logElsewhere, `${cdn}/${kubelet}`)).toEqual(['HEAD 200', 'GET 206']);
  });

  test('may be older than what is in use: the version is what it is there', async ({ upstream }) => {
    upstream.server.override(`${cdn}/${stable}`, substitute(Buffer.from('v1.36.9')));
    // Nothing is published of it here: a stale answer leads to what is there, or nowhere.
    expect(outcomes(await upstream.ask(['kubelet'], [{ arch: 'amd64', previousVersion: '1.37.0' }]))).toEqual(
      ['TransportError NOT_FOUND'],
    );
  });
});

/** What a log has of the kubelet's signature. */
/** Of the file, and of the release's document. */
function loggedBodies(files: ReadonlyMap<string, Content>) {
  return [kubelet, document].map((path) => loggedBody(files, path));
}

function loggedBody(files: ReadonlyMap<string, Content>, path: string) {
  const read = (suffix: string) => Buffer.from(readContent(files.get(path + suffix)!).toString(), 'base64');
  return blobBody({
    sha256: Buffer.from(contentHex(files.get(path)!, 'sha256'), 'hex'),
    signature: read('.sig'),
    certificate: new X509Certificate(read('.cert')).raw,
  });
}

describe('Rekor', () => {
  const treeId = '00000000000a1b2c';

  test('answers from several shards, by one key', async ({ upstream }) => {
    const older = sigstore.rekor.shard(treeId, 4_163_431);
    for (const body of loggedBodies(upstream.files)) older.append(body, publishedAt);
    upstream.server.override(retrievePath, retrieveEntries([older, sigstore.rekor]));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
    upstream.server.override(retrievePath, retrieveEntries([older]));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
  });

  test('answers from a shard whose key nobody trusts: the other one counts, and alone none', async ({
    upstream,
  }) => {
    const stranger = createRekor({ validFrom: new Date('2021-01-01T00:00:00Z'), treeId });
    for (const body of loggedBodies(upstream.files)) stranger.append(body, publishedAt);
    upstream.server.override(retrievePath, retrieveEntries([stranger, sigstore.rekor]));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
    upstream.server.override(retrievePath, retrieveEntries([stranger]));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['VerificationError SIGNER_UNTRUSTED']);
  });

  test('is asked again after 429, as late as it says', async ({ upstream }) => {
    upstream.server.override(retrievePath, atFirst(refuse(429, { 'retry-after': '7' })));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
    expect(upstream.fetcher.retries.map(({ delayMs }) => delayMs)).toEqual([7000]);
  });

  // About the file and about the release's document, each once.
  test('is not waited for longer than it is worth', async ({ upstream }) => {
    upstream.server.override(retrievePath, refuse(429, { 'retry-after': '3600' }));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError RATE_LIMITED']);
    expect(requestsTo(upstream.server.log, retrievePath)).toEqual(['POST 429', 'POST 429']);
  });

  test('is not asked again where it cannot make anything of the question', async ({ upstream }) => {
    upstream.server.override(retrievePath, refuse(422));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError HTTP_STATUS']);
    expect(requestsTo(upstream.server.log, retrievePath)).toEqual(['POST 422', 'POST 422']);
  });
});
