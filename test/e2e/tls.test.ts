/**
 * The whole job over TLS, with no mirror: a proxy leads each real host, by its name, to the embedded upstream, which has
 * certificates of a throwaway authority for all of them. So tokens, redirects and checksums that nobody signs go the way
 * that they go in production.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConnectProxy, type ConnectProxy } from '../../scripts/upstream/connect-proxy.ts';
import { storageHosts } from '../../scripts/upstream/hosts.ts';
import { publicationMirrorArgs, type Publication } from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { createTlsAuthority } from '../../scripts/upstream/tls-authority.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { now, openProductionUpstream } from '../support/production-upstream.ts';
import { runAssay } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

const authority = createTlsAuthority();
const catalogueHosts = [
  ...['ftp.debian.org', 'security.debian.org', 'cloud.debian.org', 'ftp-master.debian.org'],
  ...['packages.fluentbit.io', 'dl.k8s.io', 'registry.k8s.io', 'rekor.sigstore.dev'],
  ...['tuf-repo-cdn.sigstore.dev', 'github.com', 'api.github.com', 'raw.githubusercontent.com'],
];

let directory: string;
let publication: Publication;
let server: UpstreamServer;
let proxy: ConnectProxy;
let env: Record<string, string>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-tls-'));
  const tls = authority.issue([...catalogueHosts, ...storageHosts, '127.0.0.1', '::1']);
  ({ publication, server } = await openProductionUpstream(directory, { tls }));
  proxy = await startConnectProxy(server.url);
  const ca = join(directory, 'ca.pem');
  await writeFile(ca, authority.certificate);
  env = { https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: ca };
});
afterAll(async () => {
  await proxy.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const trustDir = () => join(directory, 'trust');
const manifestsDir = () => join(directory, 'manifests');
const updateArgs = () => [
  ...['update-manifests', '--now', now, '--trust-dir', trustDir(), '--manifests-dir', manifestsDir()],
  ...['--cache-dir', join(directory, 'cache')],
];

it('goes from trust to a staged machine', async () => {
  expectDone(await runAssay(['update-trust', '--trust-dir', trustDir(), '--now', now], { env }));
  expectDone(await runAssay(updateArgs(), { env }));
  const manifest = join(manifestsDir(), 'knd.debian-13.amd64.json');
  const artifacts = join(directory, 'artifacts');
  expectDone(await runAssay(['stage', manifest, '--dir', artifacts], { env }));
  expectDone(await runAssay(['verify', '--staged', artifacts, manifest], { env }));

  const text = await readFile(manifest, 'utf8');
  for (const host of storageHosts) expect(text).not.toContain(host);
  expect(proxy.targets).toContain('release-assets.githubusercontent.com:443');
  expect(proxy.targets).toContain('cdn.dl.k8s.io:443');
  // The end of the chain of roots, and nothing else that is not there or not allowed.
  const refused = server.log.filter(({ status }) => status >= 400);
  expect(refused.map(({ path }) => path)).toEqual(['tuf-repo-cdn.sigstore.dev/2.root.json']);
});

it('refuses certificates of another authority, once, and changes nothing', async () => {
  const ca = join(directory, 'other-ca.pem');
  await writeFile(ca, createTlsAuthority().certificate);
  const before = await snapshot(manifestsDir());
  const asked = [server.log.length, proxy.targets.length];
  const args = [...updateArgs(), '--refresh', 'kubelet', '--only', 'kubelet', '--json'];
  const outcome = await runAssay(args, { env: { ...env, NODE_EXTRA_CA_CERTS: ca } });
  expectRefused(outcome, 4, 'UNREACHABLE');
  expect(outcome.stderr).toContain("the server's certificate is not trusted");
  expect(outcome.stderr).toContain('NODE_EXTRA_CA_CERTS');
  expect(outcome.stderr).not.toContain('gave up');
  expect(server.log.length).toBe(asked[0]);
  expect(proxy.targets.slice(asked[1])).toEqual(['dl.k8s.io:443']);
  expect(await snapshot(manifestsDir())).toEqual(before);
});

it('refuses a certificate of another host', async () => {
  const other = await startUpstreamServer({ tls: authority.issue(['example.org']) });
  const there = await startConnectProxy(other.url);
  const args = [...updateArgs(), '--refresh', 'kubelet', '--only', 'kubelet', '--json'];
  const outcome = await runAssay(args, { env: { ...env, https_proxy: there.url } });
  expectRefused(outcome, 4, 'UNREACHABLE');
  expect(outcome.stderr).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  await there.close();
  await other.close();
});

const hasIpv6 = Object.values(networkInterfaces()).some((one) =>
  one?.some(({ address }) => address === '::1'),
);

it.skipIf(!hasIpv6)('reaches mirrors over IPv6, and what they lead to', async () => {
  const tls = authority.issue(['::1']);
  const six = await startUpstreamServer({ ...publication, tls, address: '::1' });
  const mirrors = publicationMirrorArgs(publication, six.url, unsignedHosts);
  const args = [...updateArgs(), ...mirrors, '--refresh', 'crictl,kubelet', '--only', 'crictl,kubelet'];
  const manifest = join(manifestsDir(), 'knd.debian-13.amd64.json');
  const before = await readFile(manifest);
  const { NODE_EXTRA_CA_CERTS = '' } = env;
  expectDone(
    await runAssay([...args, '--cache-dir', join(directory, 'six')], { env: { NODE_EXTRA_CA_CERTS } }),
  );
  expect(await readFile(manifest)).toEqual(before);
  expect(six.url).toContain('https://[::1]:');
  expect(six.logElsewhere.map(({ path }) => path.slice(0, path.indexOf('/')))).toContain('cdn.dl.k8s.io');
  await six.close();
});
