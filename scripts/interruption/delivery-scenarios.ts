/** Commands that put manifests and what they name somewhere else: a directory, a mirror, a registry. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderManifest } from '../../src/formats/own/manifest.ts';
import { pauseImages, pinnedImage } from '../real-servers/images.ts';
import { publishRegistry } from '../upstream/oci-registry.ts';
import { publicationMirrorArgs } from '../upstream/publication.ts';
import { startUpstreamServer } from '../upstream/server.ts';
import { startRemoteRegistry } from './remote.ts';
import { remoteHost, type Run, type Scenario } from './scenario.ts';

/** A state of the upstreams. */
interface State {
  /** Fills a directory with the manifests of it. */
  readonly resolved: Scenario['prepare'];
  /** Makes those of another state the ones of this. */
  readonly update: readonly string[];
  readonly mirrors: readonly string[];
}

interface Given {
  readonly manifest: string;
  readonly before: State;
  readonly current: State;
  readonly cache: readonly string[];
}

export async function deliveryScenarios({ manifest, before, current, cache }: Given) {
  const version = '3.10.2';
  const pause = await pauseImages(version);
  const publication = publishRegistry(pause);
  const server = await startUpstreamServer(publication);
  const imageMirrors = publicationMirrorArgs(publication, server.url);
  const pinned = renderManifest({
    vmconfig: {
      ...{ version: 'dev', kind: 'knc', os: { name: 'debian-13', arch: 'amd64' } },
      ...{ dependencies: {}, images: [pinnedImage(pause, version)] },
    },
  });
  const withImage = async (directory: string) => {
    await mkdir(join(directory, 'manifests'));
    await writeFile(join(directory, manifest), pinned);
  };
  const staged = ['stage', manifest, '--dir', 'artifacts'];
  const mirrored = ['mirror', manifest, '--dir', 'mirror'];
  const pushed = ['push', manifest, `${remoteHost}/vmconfig`, ...cache];
  /** What the command did for the state before, and the manifests of this one. */
  const after = (command: readonly string[]) => async (directory: string, run: Run) => {
    await before.resolved(directory, run);
    await run([...command, ...before.mirrors]);
    await run(current.update);
  };
  const { resolved, mirrors } = current;
  /** It takes everything: what holds there holds because of what was sent, and in which order. */
  const credulous = () => startRemoteRegistry({ isCredulous: true });
  const withoutReferrers = () => startRemoteRegistry({ isCredulous: true, referrers: false });
  const strict = () => startRemoteRegistry();
  const ofPackages: readonly Scenario[] = [
    { name: 'stage', prepare: resolved, args: staged },
    { name: 'stage, with news', prepare: after(staged), args: [...staged, '--prune'] },
    { name: 'mirror', prepare: resolved, args: mirrored },
    { name: 'mirror, with news', prepare: after(mirrored), args: [...mirrored, '--prune'] },
    { name: 'push', prepare: resolved, remote: credulous, args: pushed },
    { name: 'push, with news', prepare: after(pushed), remote: withoutReferrers, args: pushed },
  ];
  const ofImages: readonly Scenario[] = [
    { name: 'stage, of an image', prepare: withImage, args: [...staged, '--images'] },
    { name: 'mirror, of an image', prepare: withImage, args: mirrored },
    { name: 'push, of an image', prepare: withImage, remote: strict, args: pushed },
  ];
  const asking = (one: Scenario, from: readonly string[]) => ({ ...one, args: [...one.args, ...from] });
  return {
    scenarios: [
      ...ofPackages.map((one) => asking(one, mirrors)),
      ...ofImages.map((one) => asking(one, imageMirrors)),
    ],
    server,
  };
}
